import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Duplex, Readable } from 'node:stream';
import { OutboundRefused } from './outbound-refused.ts';

const DECODERS: Readonly<Record<string, () => Duplex>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/**
 * Reads a body up to so many bytes, counted on the wire and again after decompression: 40 kB of gzip can be 40 MB. Stops
 * at the first byte too many, so no more than that is ever held.
 */
export async function readBounded(
  body: Readable,
  { encoding, bytesMax, signal }: { encoding: string | undefined; bytesMax: number; signal: AbortSignal },
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  const decoder = DECODERS[name];
  if (!decoder && name !== '' && name !== 'identity') {
    // Destroyed before it was read, it says so as an error that nobody needs.
    body.on('error', () => undefined).destroy();
    throw new OutboundRefused('NOT_READABLE');
  }
  const chunks: Buffer[] = [];
  const keep = async (source: AsyncIterable<Buffer>) => {
    let size = 0;
    for await (const chunk of source) {
      size += chunk.length;
      if (size > bytesMax) throw new OutboundRefused('TOO_LARGE');
      chunks.push(chunk);
    }
  };
  if (decoder) await pipeline(body, bounded(bytesMax), decoder(), keep, { signal });
  else await pipeline(body, keep, { signal });
  return Buffer.concat(chunks);
}

function bounded(bytesMax: number) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let size = 0;
    for await (const chunk of source) {
      size += chunk.length;
      if (size > bytesMax) throw new OutboundRefused('TOO_LARGE');
      yield chunk;
    }
  };
}
