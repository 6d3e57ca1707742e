import { createHash } from 'node:crypto';
import type { TrainingModule } from './training-module.ts';

/** A question as it is asked in one go. */
export interface DrawnQuestion {
  readonly id: string;
  readonly text: string;
  readonly because: string;
  readonly choices: readonly { readonly id: string; readonly text: string; readonly right: boolean }[];
}

/**
 * The questions of one go and the order of their answers. They follow from the attempt's id alone, so that a go can be
 * shown and judged again without storing it, and tells nothing of any other: ids of choices differ from go to go.
 */
export function drawQuestions(module: TrainingModule, attemptId: string): DrawnQuestion[] {
  const draw = (...what: readonly (string | number)[]) =>
    createHash('sha256')
      .update(JSON.stringify([attemptId, module.key, module.version, ...what]))
      .digest('hex');
  const inOrder = <Item>(items: readonly Item[], keyOf: (item: Item) => string) =>
    items
      .map((item) => ({ item, key: keyOf(item) }))
      .toSorted((one, other) => (one.key < other.key ? -1 : 1));
  return inOrder(module.items, ({ id }) => draw(id))
    .slice(0, module.asked)
    .map(({ item: { id, text, because, choices } }) => ({
      id,
      text,
      because,
      choices: inOrder(
        choices.map((choice, place) => ({ text: choice, right: place === 0, place })),
        ({ place }) => draw(id, place),
      ).map(({ item: { text: choice, right }, key }) => ({ id: key.slice(0, 12), text: choice, right })),
    }));
}

/** Which of the drawn questions were answered right. Unknown ids and questions without an answer are wrong. */
export function judgeAnswers(
  drawn: readonly DrawnQuestion[],
  answers: readonly { readonly question: string; readonly choice: string }[],
): { right: number; wrong: DrawnQuestion[] } {
  const chosen = new Map(answers.map(({ question, choice }) => [question, choice]));
  const wrong = drawn.filter(
    ({ id, choices }) => !choices.some((choice) => choice.right && choice.id === chosen.get(id)),
  );
  return { right: drawn.length - wrong.length, wrong };
}
