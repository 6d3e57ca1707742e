import { Fault } from '@kept/subgraph-kit';

/** The media type of an answer (GraphQL over HTTP, §6). */
export type AnswerForm = 'application/json' | 'application/graphql-response+json';

const PLAIN: AnswerForm = 'application/json';
const GRAPHQL: AnswerForm = 'application/graphql-response+json';
const RANGES: Readonly<Record<string, AnswerForm>> = {
  [GRAPHQL]: GRAPHQL,
  [PLAIN]: PLAIN,
  'application/*': PLAIN,
  '*/*': PLAIN,
};

/**
 * The form that a client prefers. Without a word of its own it gets `application/json`, which every client reads. Throws
 * a `Fault` when it takes none of ours (RFC 9110 §12.5.1; weights decide, then the order of ours).
 */
export function answerForm(accept: string | undefined): AnswerForm {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return PLAIN;
  if (accept === PLAIN || accept === GRAPHQL) return accept;
  let best: { form: AnswerForm; weight: number } | undefined;
  for (const range of accept.split(',', RANGES_MAX)) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const form = RANGES[type];
    if (
      !form ||
      parameters.some(
        (parameter) => parameter.startsWith('charset=') && !/^charset="?utf-8"?$/.test(parameter),
      )
    )
      continue;
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    if (weight > (best?.weight ?? 0)) best = { form, weight };
  }
  if (best) return best.form;
  throw new Fault('BAD_INPUT', `Accept ${GRAPHQL} or ${PLAIN}: there is no other form here.`, {
    field: 'accept',
  });
}

const RANGES_MAX = 20;
