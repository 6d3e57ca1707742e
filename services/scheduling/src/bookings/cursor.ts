import { refused } from '@kept/subgraph-kit';
import { z } from 'zod';
import { readInstant } from '../input.ts';

const position = z.tuple([z.iso.datetime(), z.uuid()]);

/** Where a page ended. Opaque to clients, and nothing is trusted that comes back: it only says where to go on. */
export function writeCursor(booking: { startsAt: Date; id: string }): string {
  return Buffer.from(JSON.stringify([booking.startsAt.toISOString(), booking.id])).toString('base64url');
}

export function readCursor(text: string): { startsAt: string; id: string } {
  try {
    const [startsAt, id] = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    readInstant(new Date(startsAt), 'after');
    return { startsAt, id };
  } catch (cause) {
    if (!(cause instanceof z.ZodError || cause instanceof SyntaxError)) throw cause;
    throw refused.badInput('"after" is not a position in this list.', { field: 'after' });
  }
}
