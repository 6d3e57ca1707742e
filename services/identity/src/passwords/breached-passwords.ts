import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { Outbound } from '@kept/outbound';
import type { Logger } from '@kept/subgraph-kit';

/** Knows passwords that were stolen somewhere. */
export interface BreachedPasswords {
  /** Whether this one was. False when nobody can tell: what cannot be looked up keeps nobody out. */
  has(password: string): Promise<boolean>;
  /** How often the service could not be asked, since the start. */
  failures(): number;
  stop(): Promise<void>;
}

const SHA1_CHARACTERS = 40;
const LINE_MAX = 64;
const PREFIX_CHARACTERS = 5;
// Somebody waits for the answer to a sign-in.
const TOTAL_MS = 2_000;

/**
 * Opens what an operator has: a file of Have I Been Pwned (`HASH:count` by line, sorted; the whole of it or the most
 * frequent), the service itself, or neither. The service is off unless an address is set: it is told the first five
 * characters of a hash that some 800 passwords share, and nothing else (k-anonymity; ASVS 6.2.12).
 */
export async function openBreachedPasswords(options: {
  file?: string | undefined;
  range?: { url: string; outbound: Outbound } | undefined;
  log: Logger;
}): Promise<BreachedPasswords> {
  const file = options.file === undefined ? undefined : await open(options.file, 'r');
  const size = file === undefined ? 0 : (await file.stat()).size;
  let failures = 0;
  const onFailure = (error: unknown) => {
    failures += 1;
    options.log.warn({ err: error }, 'stolen passwords cannot be looked up; going on without');
  };
  return {
    async has(password) {
      // SHA-1 because the lists are made with it; nothing rests on its strength.
      const hash = createHash('sha1').update(password).digest('hex').toUpperCase();
      if (file !== undefined && (await isInFile(file, size, hash))) return true;
      return options.range !== undefined && (await isInRange(options.range, hash, onFailure));
    },
    failures: () => failures,
    stop: async () => {
      await file?.close();
      await options.range?.outbound.stop();
    },
  };
}

/** By halves: thirty reads in forty gigabytes. */
async function isInFile(file: FileHandle, size: number, hash: string): Promise<boolean> {
  let [from, to] = [0, size];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const line = await lineAt(file, middle, size);
    if (line === undefined) {
      to = middle;
      continue;
    }
    const found = line.text.slice(0, SHA1_CHARACTERS).toUpperCase();
    if (found === hash) return true;
    if (found < hash) from = line.end;
    else to = middle;
  }
  return false;
}

/** The first whole line that begins at a place or after it. */
async function lineAt(
  file: FileHandle,
  at: number,
  size: number,
): Promise<{ text: string; end: number } | undefined> {
  const begin = Math.max(0, at - 1);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(3 * LINE_MAX), 0, 3 * LINE_MAX, begin);
  const text = buffer.toString('latin1', 0, bytesRead);
  const start = at === 0 ? 0 : text.indexOf('\n') + 1;
  if (at !== 0 && start === 0) return undefined;
  const end = text.indexOf('\n', start);
  if (end === -1 && begin + bytesRead < size) return undefined;
  const line = text.slice(start, end === -1 ? undefined : end);
  return line.length < SHA1_CHARACTERS
    ? undefined
    : { text: line, end: begin + (end === -1 ? bytesRead : end + 1) };
}

async function isInRange(
  { url, outbound }: { url: string; outbound: Outbound },
  hash: string,
  onFailure: (error: unknown) => void,
): Promise<boolean> {
  try {
    const address = `${url.replace(/\/+$/, '')}/${hash.slice(0, PREFIX_CHARACTERS)}`;
    // Padded, so that the size of the answer tells no one on the way which part was asked for.
    const { status, body } = await outbound.call(address, {
      headers: { 'add-padding': 'true' },
      totalMs: TOTAL_MS,
    });
    if (status !== 200) throw new Error(`the answer was ${status}`);
    const rest = hash.slice(PREFIX_CHARACTERS);
    return body
      .toString('latin1')
      .split(/\r?\n/)
      .some((line) => line.startsWith(`${rest}:`) && !line.endsWith(':0'));
  } catch (error) {
    onFailure(error);
    return false;
  }
}
