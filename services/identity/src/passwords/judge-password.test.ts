import { openStrengthEstimator, type StrengthEstimator } from './estimate-strength.ts';
import { judgePassword } from './judge-password.ts';

let estimator: StrengthEstimator;
beforeAll(() => {
  estimator = openStrengthEstimator();
});
afterAll(() => estimator.stop());

const codes = async (password: string, details: string[] = []) =>
  (await judgePassword(estimator, password, details)).map(({ code }) => code);

it('[AUT-03] accepts a few unusual words', async () => {
  expect(await codes('Tidal-Lantern-49-Orchard')).toEqual([]);
});

it.each(['Qwertyuiop-123', 'Aaaaaaaaaaa-1', 'Abcdefghijkl-1', 'Abcabcabcabc1!'])(
  '[AUT-03] refuses %s, which satisfies every rule of form and is easy to guess',
  async (password) => {
    expect(await codes(password)).not.toEqual([]);
  },
);

it('gives up on a thread that does not answer, refuses the question, and answers the next one', async () => {
  const impatient = openStrengthEstimator({ timeoutMs: 1 });
  await expect(impatient.score('Tidal-Lantern-49-Orchard', [])).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  await impatient.stop();
  expect(await codes('Tidal-Lantern-49-Orchard')).toEqual([]);
});
