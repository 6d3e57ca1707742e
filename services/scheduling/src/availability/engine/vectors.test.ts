import { existsSync, readFileSync } from 'node:fs';
import { answerCase, readCases } from './read-cases.ts';

/**
 * The published cases of an independent oracle. They live outside the repository;
 * without them this suite says so and the rest of the tests still covers the engine.
 */
const casesFile = new URL('../../../../../../shared/vectors/availability/cases.json', import.meta.url);

const answersTo = (json: string) =>
  readCases(json).map((asked) => ({
    id: asked.id,
    starts: answerCase(asked).map((start) => new Date(start * 60_000).toISOString()),
  }));

describe('the published availability cases', () => {
  if (!existsSync(casesFile)) {
    it.skip('skipped: needs ../shared/vectors', () => undefined);
    process.stdout.write('skipped: availability vectors need ../shared/vectors\n');
    return;
  }
  const json = readFileSync(casesFile, 'utf8');
  const { cases } = JSON.parse(json) as { cases: { id: string; oracleSlots: string[] }[] };
  const answers = answersTo(json);
  it('are there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(17);
  });
  it.each(cases)('answers as the oracle: $id', ({ id, oracleSlots }) => {
    expect(answers.find((answer) => answer.id === id)?.starts).toEqual(oracleSlots);
  });
});
