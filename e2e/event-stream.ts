// A live query as an app opens one: the same POST, with another `accept`.
import { request } from 'node:http';
import type { GraphError } from './graph.ts';
import type { Person } from './person.ts';

export interface LiveQuery<Data> {
  /** The data of each answer so far, in order. */
  readonly answers: readonly Data[];
  readonly errors: readonly GraphError[];
  /** The last event was `complete`, and the connection is closed. */
  readonly completed: boolean;
  readonly status: number;
  leave(): void;
}

/** Asks a query and goes on listening. */
export function watch<Data>(graphUrl: string, person: Person, query: string): LiveQuery<Data> {
  const answers: Data[] = [];
  const errors: GraphError[] = [];
  const state = { completed: false, status: 0 };
  let rest = '';
  const hear = (block: string) => {
    const event = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.+)$/m.exec(block)?.[1];
    if (event === 'complete') state.completed = true;
    if (event !== 'next' || !data) return;
    const answer = JSON.parse(data) as { data?: Data; errors?: GraphError[] };
    if (answer.data) answers.push(answer.data);
    errors.push(...(answer.errors ?? []));
  };
  const asking = request(
    graphUrl,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${person.token ?? ''}`,
      },
    },
    (response) => {
      state.status = response.statusCode ?? 0;
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        blocks.forEach(hear);
      });
      response.on('error', () => undefined);
    },
  );
  asking.on('error', () => undefined);
  asking.end(JSON.stringify({ query }));
  return {
    answers,
    errors,
    get completed() {
      return state.completed;
    },
    get status() {
      return state.status;
    },
    leave: () => void asking.destroy(),
  };
}
