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
 * The form that a client prefers (RFC 9110 §12.5.1): its weights decide, then its order. Without a word of its own it gets
 * `application/json`, which every client reads; undefined when it takes none of ours.
 */
export function answerForm(accept: string | undefined): AnswerForm | undefined {
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
  return best?.form;
}

const RANGES_MAX = 20;
