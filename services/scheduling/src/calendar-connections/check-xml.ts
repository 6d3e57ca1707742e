import { CalendarFailed } from './calendar-failed.ts';

const TAGS_MAX = 200_000;
const DEPTH_MAX = 64;

/**
 * Refuses an XML answer that is broken, or made to harm: document types (the home of entities that grow), more nesting or more
 * elements than a calendar server has use for, or an end that is missing. tsdav takes an answer it cannot parse for an
 * empty one, and an empty calendar for a free one: so what is not whole must not reach it.
 */
export function checkXml(text: string): void {
  let depth = 0;
  let tags = 0;
  let at = text.indexOf('<');
  while (at >= 0) {
    const [end, change] = nextMarkup(text, at);
    depth += change;
    tags += 1;
    if (end < 0 || depth < 0 || depth > DEPTH_MAX || tags > TAGS_MAX)
      throw new CalendarFailed('NOT_READABLE');
    at = text.indexOf('<', end);
  }
  if (depth !== 0 || tags === 0) throw new CalendarFailed('NOT_READABLE');
}

/** Where the markup that begins here ends, or -1; and how it changes the nesting. */
function nextMarkup(text: string, at: number): [end: number, change: number] {
  const closing = (mark: string, from: number): number => {
    const found = text.indexOf(mark, from);
    return found < 0 ? -1 : found + mark.length;
  };
  if (text.startsWith('<![CDATA[', at)) return [closing(']]>', at), 0];
  if (text.startsWith('<!--', at)) return [closing('-->', at + 4), 0];
  if (text.startsWith('<?', at)) return [closing('?>', at), 0];
  if (text.startsWith('<!', at)) return [-1, 0];
  const end = closing('>', at);
  if (text.startsWith('</', at)) return [end, -1];
  return [end, text[end - 2] === '/' ? 0 : 1];
}
