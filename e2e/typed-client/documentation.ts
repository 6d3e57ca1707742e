import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(import.meta.dirname, '../../docs/clients.md'), 'utf8');

/** The blocks of docs/clients.md that are marked so, such as ```` ```json registry ````. */
export function blocksOf(mark: string): string[] {
  return [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, given, text = '']) =>
    given === mark ? [text] : [],
  );
}

/** The operations of the page's GraphQL blocks, by name. */
export function operationsShown(): Readonly<Record<string, string>> {
  const operations = blocksOf('graphql').flatMap((text) => text.split(/^(?=query |mutation )/m));
  return Object.fromEntries(operations.map((text) => [/^\w+ (\w+)/.exec(text)?.[1] ?? '', text]));
}

/** A request that the page shows as a command, and the answer that it shows below. */
export interface Example {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly answer: unknown;
}

/** Every command of the page that is followed by the answer it gets. */
export function examples(): Example[] {
  const pairs = page.matchAll(/^```\n(curl [\s\S]*?)^```\n\n```json\n([\s\S]*?)^```$/gm);
  return [...pairs].map(([, command = '', answer = '']) => {
    const headers = [...command.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name, value]) => [name, value]);
    return {
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: / -d '(.+)'$/m.exec(command)?.[1] ?? '',
      answer: JSON.parse(answer) as unknown,
    };
  });
}
