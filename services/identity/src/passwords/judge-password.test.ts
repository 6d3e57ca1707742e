import { openStrengthEstimator, type StrengthEstimator } from './estimate-strength.ts';
import { judgePassword } from './judge-password.ts';

let estimator: StrengthEstimator;
beforeAll(() => {
  estimator = openStrengthEstimator({ timeoutMs: 20_000 });
});
afterAll(() => estimator.stop());

const codes = async (password: string, details: string[] = []) =>
  (await judgePassword(estimator, password, { details, profile: 'DEFAULT' })).map(({ code }) => code);

it('[AUT-03] accepts a few unusual words', async () => {
  expect(await codes('Tidal-Lantern-49-Orchard')).toEqual([]);
});

it.each(['Qwertyuiop-123', 'Aaaaaaaaaaa-1', 'Abcdefghijkl-1', 'Abcabcabcabc1!'])(
  '[AUT-03] refuses %s, which satisfies every rule of form and is easy to guess',
  async (password) => {
    expect(await codes(password)).not.toEqual([]);
  },
);

it('gives up on a question that takes too long, and still answers the ones behind it', async () => {
  const impatient = openStrengthEstimator({ timeoutMs: 1 });
  const answers = await Promise.allSettled(
    [0, 1, 2].map(() => impatient.score('Tidal-Lantern-49-Orchard', [])),
  );
  // Each had a thread and a millisecond of its own, and none was taken for good.
  for (const answer of answers) expect(answer).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
  await impatient.stop();
});
