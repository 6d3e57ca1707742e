import { spawn } from 'node:child_process';
import type { Environment } from './environment.ts';
import { StackTrouble } from './trouble.ts';

export interface RunOnce {
  what: string;
  nodeArguments: string[];
  directory: string;
  environment: Environment;
  input?: string;
}

/** Runs a node program to its end and gives back what it printed; a failure is a sentence with its last lines. */
export function runOnce({
  what,
  nodeArguments,
  directory,
  environment,
  input = '',
}: RunOnce): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, nodeArguments, { cwd: directory, env: environment, stdio: 'pipe' });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (errors += chunk.toString()));
    child.stdin.on('error', () => undefined); // It may end before it has read everything; its code tells.
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve(output);
        return;
      }
      const last = `${output}${errors}`.trim().split('\n').slice(-12).join('\n  ');
      reject(new StackTrouble(`${what} failed (${signal ?? `code ${code}`}):\n  ${last}`));
    });
  });
}
