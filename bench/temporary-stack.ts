import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startStack, type Stack, type StackOptions } from '@kept/local-stack';

const root = join(import.meta.dirname, '..');
const services = ['identity', 'scheduling', 'payments', 'compliance'].map((name) => `services/${name}`);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Compiles what a stack is made of. */
export async function build(): Promise<void> {
  const compile = [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-b',
    'gateway',
    'packages/local-stack',
    ...services,
  ];
  await promisify(execFile)(process.execPath, compile, { cwd: root }).catch((error: { stdout?: string }) => {
    throw new Error(`The build failed (tsc -b):\n${error.stdout ?? ''}`, { cause: error });
  });
}

/** Builds the product, starts it whole in a temporary folder on free ports, and removes everything afterwards. */
export async function withTemporaryStack<T>(
  options: StackOptions,
  work: (stack: Stack) => Promise<T>,
): Promise<T> {
  await build();
  const directory = await mkdtemp(join(tmpdir(), 'kept-bench-'));
  try {
    const stack = await startStack({ directory, ports: 'free', onProgress: say, onDeath: say, ...options });
    try {
      return await work(stack);
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
