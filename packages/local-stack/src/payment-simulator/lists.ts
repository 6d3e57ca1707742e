import { missingResource } from './api-error.ts';
import { optionalInteger, optionalRange, optionalText, type Read } from './parameters.ts';

/** What every list takes: how many, from where on, and from when. */
export const listParameters = {
  limit: optionalInteger,
  starting_after: optionalText,
  ending_before: optionalText,
  created: optionalRange,
};

type ListParameters = Partial<Read<typeof listParameters>>;

const LIMIT_MAX = 100;

/** Newest first, as Stripe lists, from the one after `starting_after` on. */
export function listOf<Item extends { id: string; created: number }>(
  url: string,
  items: Item[],
  { limit = 10, starting_after: after, ending_before: before, created }: ListParameters = {},
): { object: 'list'; url: string; has_more: boolean; data: Item[] } {
  const found = items
    .toReversed()
    .filter((item) => created === undefined || created(item.created))
    // What is as old stays in its order: the sort is stable.
    .sort((a, b) => b.created - a.created);
  const indexOf = (id: string, name: string) => {
    const index = found.findIndex((item) => item.id === id);
    if (index < 0) throw missingResource('object', id, name);
    return index;
  };
  const size = Math.min(limit, LIMIT_MAX);
  if (before !== undefined) {
    const end = indexOf(before, 'ending_before');
    const start = Math.max(0, end - size);
    return { object: 'list', url, has_more: start > 0, data: found.slice(start, end) };
  }
  const start = after === undefined ? 0 : indexOf(after, 'starting_after') + 1;
  return {
    object: 'list',
    url,
    has_more: found.length > start + size,
    data: found.slice(start, start + size),
  };
}
