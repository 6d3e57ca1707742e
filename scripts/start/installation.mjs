// Plain JavaScript for bare Node: this runs before anything is installed.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A sentence when this Node is too old for us, else null. */
export function tooOld(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return null;
  return `Kept needs Node 20.19 or newer (24 LTS is best); this is Node ${version}. See https://nodejs.org.`;
}

/** Whether node_modules holds what the lock asks for, as npm itself wrote it down; packages of other systems may miss. */
export function installationIsCurrent(folder = root) {
  const read = (path) => JSON.parse(readFileSync(join(folder, path), 'utf8')).packages;
  try {
    const installed = read('node_modules/.package-lock.json');
    return Object.entries(read('package-lock.json')).every(([path, wanted]) => {
      if (!path.includes('node_modules/')) return true;
      const found = installed[path];
      return found ? found.version === wanted.version : Boolean(wanted.optional || wanted.peer);
    });
  } catch {
    return false;
  }
}

/** Runs a program to its end and gives back its code and output. `npm` is a script on Windows, hence the shell there. */
export function runToEnd(command, args, { shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: signal ? 1 : code, output }));
  });
}

export async function installLocked() {
  const { code, output } = await runToEnd('npm', ['ci', '--no-audit', '--no-fund'], {
    shell: process.platform === 'win32',
  });
  if (code === 0) return;
  const why = output.includes('ENOSPC')
    ? 'the disk is full'
    : output.trim().split('\n').slice(-8).join('\n  ');
  throw new Error(`The dependencies could not be installed (npm ci):\n  ${why}`);
}

export async function build() {
  const product = [
    'gateway',
    'services/identity',
    'services/scheduling',
    'services/payments',
    'services/compliance',
    'packages/local-stack',
  ];
  const { code, output } = await runToEnd(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '-b',
    ...product,
  ]);
  if (code !== 0) throw new Error(`The build failed (tsc -b):\n${output.trim()}`);
}
