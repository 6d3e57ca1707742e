import { createHash } from 'node:crypto';
import { canonicalJson } from '../audit/canonical-json.ts';

/** A page to read. */
export interface Lesson {
  readonly title: string;
  readonly text: string;
}

/** A question. The first choice is the right one; in a go they stand in an order of their own. */
export interface Question {
  readonly id: string;
  readonly text: string;
  readonly choices: readonly [right: string, ...wrong: string[]];
  /** Why the right answer is right, for whoever chose another. */
  readonly because: string;
}

/** Something that staff learn. `version` rises whenever the content changes: the records name it and its hash. */
export interface TrainingModule {
  readonly key: string;
  readonly version: number;
  readonly title: string;
  readonly lessons: readonly Lesson[];
  readonly items: readonly Question[];
  readonly asked: number;
  readonly rightAnswersNeeded: number;
  readonly validMonths: number;
}

/** SHA-256 of everything somebody learns and is asked: proves later what a record was about. */
export const contentHashOf = (module: TrainingModule): string =>
  createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(module))))
    .digest('hex');
