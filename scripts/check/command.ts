import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Step } from './steps.ts';

export const repository = join(import.meta.dirname, '../..');

/** Runs a program and answers its exit code and everything it said, in the order it was said. */
export function runCommand(file: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function problemsOf(file: string, args: string[]): Promise<string[]> {
  const { code, output } = await runCommand(file, args);
  return code === 0 ? [] : [output.trim() || `It ended with code ${code} and said nothing.`];
}

/** A step that is one of the installed tools: it passes when the tool exits with 0. */
export function commandStep(name: string, tool: string, args: string[]): Step {
  return { name, run: () => problemsOf(join(repository, 'node_modules/.bin', tool), args) };
}

/** A step that is one of our own scripts. */
export function scriptStep(name: string, script: string, args: string[]): Step {
  const run = ['--import', 'tsx', '--conditions=source', script, ...args];
  return { name, run: () => problemsOf(process.execPath, run) };
}

/** Files git knows or would add: what a reader of the repository sees. */
export async function repositoryFiles(): Promise<string[]> {
  const { code, output } = await runCommand('git', [
    'ls-files',
    '-co',
    '--exclude-standard',
    '--deduplicate',
  ]);
  if (code !== 0) throw new Error(`git ls-files: ${output}`);
  return output.split('\n').filter(Boolean);
}
