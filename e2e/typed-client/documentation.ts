import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(import.meta.dirname, '../../docs/clients.md'), 'utf8');

/** The blocks of docs/clients.md that are marked so, such as ```` ```json registry ````. */
export function blocksOf(mark: string): string[] {
  return [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, given, text = '']) =>
    given === mark ? [text] : [],
  );
}

/** A request that the page shows as a command, and the answer that it shows below. */
export interface Example {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly answer: unknown;
}

export function examples(): Example[] {
  const answers = blocksOf('json');
  return blocksOf('').flatMap((command, at) => {
    const body = / -d '(.+)'$/m.exec(command)?.[1];
    if (body === undefined) throw new Error(`This is no request:\n${command}`);
    const headers = [...command.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    return [
      {
        headers: Object.fromEntries(headers) as Record<string, string>,
        body,
        answer: JSON.parse(answers[at] ?? '') as unknown,
      },
    ];
  });
}
