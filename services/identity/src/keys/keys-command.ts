import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  announceKey,
  retireKeys,
  rotateKey,
  shownKey,
  type TokenKeyChange,
  type TokenKeyState,
} from './token-keys.ts';

const USAGE = `How to use it, with the settings of identity in the environment:
  keys list       the key that signs, and those that are shown beside it
  keys announce   makes the next key: set what is printed, restart identity, wait ten minutes
  keys rotate     lets the next key sign: set what is printed, restart identity, wait ten minutes
  keys retire     ends the key before: set what is printed, restart identity
Tokens last five minutes and gateways look at the keys every five: after ten each step is everywhere. Nothing is written by
this command; after each step no request fails.`;

const STEPS: Readonly<Record<string, (state: TokenKeyState) => TokenKeyChange>> = {
  announce: announceKey,
  rotate: rotateKey,
  retire: retireKeys,
};

/** Runs one step; answers the exit code: 0 done, 1 refused, 2 not understood. */
export async function runKeysCommand(
  [command = '', ...rest]: readonly string[],
  { state, print }: { state: TokenKeyState; print: (line: string) => void },
): Promise<number> {
  const step = STEPS[command];
  if (rest.length > 0 || (command !== 'list' && !step)) {
    print(USAGE);
    return 2;
  }
  try {
    if (step) for (const [name, value] of Object.entries(step(state))) print(`${name}=${value}`);
    else await list(state, print);
    return 0;
  } catch (error) {
    print(error instanceof Error ? error.message : 'The keys cannot be read.');
    return 1;
  }
}

async function list({ key, shown }: TokenKeyState, print: (line: string) => void): Promise<void> {
  const signing = createPublicKey(
    createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' }),
  );
  print(`${(await shownKey(signing)).kid} signs`);
  for (const text of shown === undefined ? [] : shown.split(',')) {
    const read = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    print(`${(await shownKey(read)).kid} is shown`);
  }
}
