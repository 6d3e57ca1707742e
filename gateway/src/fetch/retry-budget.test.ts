import { openRetryBudget } from './retry-budget.ts';

it('pays ten retries at the start, and then one for ten requests that went well: never twice the load', () => {
  const budget = openRetryBudget();
  const spendAll = () => {
    let spent = 0;
    while (budget.spend()) spent += 1;
    return spent;
  };
  expect(spendAll()).toBe(10);
  for (let request = 0; request < 35; request += 1) budget.earn();
  expect(spendAll()).toBe(3);
  for (let request = 0; request < 10_000; request += 1) budget.earn();
  expect(spendAll()).toBe(10);
});
