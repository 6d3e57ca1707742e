// The hole these keep closed: one caller, one network or one organization takes what was there for all, and nobody else
// gets an appointment. Identity has its own lockout; here only the edge is kept free.
import { openLog, type Fault } from '@kept/subgraph-kit';
import { openCounters } from './counters.ts';
import { openRates, type Asked, type LimitName } from './rates.ts';
import { limitsWith, type LimitSettings } from './settings.ts';

const log = openLog({ service: 'test', level: 'silent' });
const anna = { accountId: 'anna', organizationId: 'clinic', networkAddress: '203.0.113.7' };
const nobody = { accountId: null, organizationId: 'clinic', networkAddress: '203.0.113.7' };
const asking = (caller: Asked['caller'], more: Partial<Asked> = {}): Asked => ({
  caller,
  cost: 1,
  authenticates: false,
  ...more,
});

// What one window of ten seconds holds, as the limit of a minute.
const inWindow = (count: number) => count * 6;

async function open(changed: Partial<LimitSettings>) {
  const refused: LimitName[] = [];
  const counters = await openCounters({ log });
  const rates = openRates({
    settings: limitsWith(changed),
    counters,
    refused: (limit) => void refused.push(limit),
  });
  const outcome = (asked: Promise<unknown>) =>
    asked.then(
      () => 'admitted',
      (fault: Fault) => fault.code,
    );
  return {
    rates,
    refused,
    ask: (asked: Asked) => outcome(rates.admitOperation(asked)),
    come: (address: string | null) => outcome(rates.admitAddress(address)),
  };
}

it('[gateway A28] [SES-07] an address that asks too often is refused, and told when to come back', async () => {
  const { come, rates, refused } = await open({ KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: inWindow(2) });
  expect([await come('203.0.113.7'), await come('203.0.113.7')]).toEqual(['admitted', 'admitted']);
  const fault = await rates.admitAddress('203.0.113.7').catch((error: unknown) => error as Fault);
  expect(fault).toMatchObject({ code: 'RATE_LIMITED' });
  expect((fault as Fault).retryAfterSeconds).toBeGreaterThan(0);
  expect(await come('203.0.113.8')).toBe('admitted');
  expect(refused).toEqual(['address']);
});

it('[gateway A36] [SES-07] all addresses of an IPv6 network are one; a customer’s many networks are bounded too', async () => {
  const { come } = await open({ KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: inWindow(2) });
  expect([
    await come('2001:db8:1:2::1'),
    await come('2001:db8:1:2:ffff::9'),
    await come('2001:db8:1:2::3'),
  ]).toEqual(['admitted', 'admitted', 'RATE_LIMITED']);
  const answers = [];
  for (let at = 0; at < 30; at += 1) answers.push(await come(`2001:db8:7:${at.toString(16)}::1`));
  expect(answers.filter((answer) => answer === 'admitted')).toHaveLength(20);
});

it('[gateway A28] [SES-07] requests that nobody can place share one limit, and none has a way around it', async () => {
  const { come } = await open({ KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: inWindow(1) });
  expect([await come('not an address'), await come(null), await come('another')]).toEqual([
    'admitted',
    'RATE_LIMITED',
    'RATE_LIMITED',
  ]);
});

it('[SES-07] a person has a rate, from whichever address they come; another person has their own', async () => {
  const { ask } = await open({ KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE: inWindow(2) });
  expect(await ask(asking(anna))).toBe('admitted');
  expect(await ask(asking({ ...anna, networkAddress: '198.51.100.1' }))).toBe('admitted');
  expect(await ask(asking({ ...anna, networkAddress: '198.51.100.2' }))).toBe('RATE_LIMITED');
  expect(await ask(asking({ ...anna, accountId: 'bert' }))).toBe('admitted');
});

it('[SES-07] a person has a budget: few dear operations spend what many cheap ones would', async () => {
  const { ask, refused } = await open({
    KEPT_LIMIT_COST: 1_000,
    KEPT_LIMIT_CALLER_COST_PER_MINUTE: inWindow(1_000),
  });
  expect(await ask(asking(anna, { cost: 700 }))).toBe('admitted');
  expect(await ask(asking(anna, { cost: 700 }))).toBe('RATE_LIMITED');
  expect(await ask(asking({ ...anna, accountId: 'bert' }, { cost: 700 }))).toBe('admitted');
  expect(refused).toEqual(['cost']);
});

it('[SES-07] what costs nothing by the schema counts all the same', async () => {
  const { ask } = await open({ KEPT_LIMIT_COST: 2, KEPT_LIMIT_CALLER_COST_PER_MINUTE: inWindow(2) });
  const free = () => ask(asking(anna, { cost: 0 }));
  expect([await free(), await free(), await free()]).toEqual(['admitted', 'admitted', 'RATE_LIMITED']);
});

it('[SES-07] who has not signed in is counted by their network, whichever organization they name', async () => {
  const { ask } = await open({ KEPT_LIMIT_ANONYMOUS_REQUESTS_PER_MINUTE: inWindow(2) });
  expect(await ask(asking(nobody))).toBe('admitted');
  expect(await ask(asking({ ...nobody, organizationId: 'another' }))).toBe('admitted');
  expect(await ask(asking({ ...nobody, organizationId: 'a third' }))).toBe('RATE_LIMITED');
  expect(await ask(asking(anna))).toBe('admitted');
});

it('[SES-07] sign-in operations are scarcer than others, by network, signed in or not', async () => {
  const { ask, refused } = await open({ KEPT_LIMIT_ADDRESS_AUTHENTICATIONS_PER_MINUTE: 2 });
  const tries = { authenticates: true };
  expect(await ask(asking(nobody, tries))).toBe('admitted');
  expect(await ask(asking(anna, tries))).toBe('admitted');
  expect(await ask(asking({ ...anna, accountId: 'bert' }, tries))).toBe('RATE_LIMITED');
  expect(await ask(asking(anna))).toBe('admitted');
  expect(refused).toEqual(['authentication']);
});

it('[SES-07] an organization has a ceiling; a flood of strangers on its page leaves its own people working', async () => {
  const { ask } = await open({
    KEPT_LIMIT_COST: 1_000,
    KEPT_LIMIT_ORGANIZATION_COST_PER_MINUTE: inWindow(1_000),
  });
  expect(await ask(asking(nobody, { cost: 999 }))).toBe('admitted');
  expect(await ask(asking({ ...nobody, networkAddress: '198.51.100.1' }, { cost: 999 }))).toBe(
    'RATE_LIMITED',
  );
  expect(await ask(asking(anna, { cost: 999 }))).toBe('admitted');
  expect(await ask(asking({ ...anna, accountId: 'bert' }, { cost: 999 }))).toBe('RATE_LIMITED');
  expect(await ask(asking({ ...anna, accountId: 'cora', organizationId: 'school' }, { cost: 999 }))).toBe(
    'admitted',
  );
});

it('[SES-07] whoever is refused for their own rate takes nothing from their organization', async () => {
  const { ask } = await open({
    KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE: inWindow(1),
    KEPT_LIMIT_ORGANIZATION_COST_PER_MINUTE: inWindow(10),
    KEPT_LIMIT_COST: 10,
  });
  for (let at = 0; at < 50; at += 1) await ask(asking(anna));
  expect(await ask(asking({ ...anna, accountId: 'bert' }, { cost: 9 }))).toBe('admitted');
});

it('an admitted request learns what is left', async () => {
  const { rates } = await open({
    KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE: inWindow(5),
    KEPT_LIMIT_CALLER_COST_PER_MINUTE: inWindow(100),
    KEPT_LIMIT_COST: 100,
  });
  const headers = await rates.admitOperation(asking(anna, { cost: 30 }));
  expect(headers['ratelimit-policy']).toBe('"requests";q=5;w=10, "cost";q=100;w=10');
  expect(headers['ratelimit']).toMatch(/^"requests";r=4;t=\d+, "cost";r=70;t=\d+$/);
});

it('[SES-07] a window of every budget holds the dearest operation there may be, or waiting would never help', async () => {
  const { ask } = await open({ KEPT_LIMIT_COST: 5_000, KEPT_LIMIT_CALLER_COST_PER_MINUTE: 60 });
  expect(await ask(asking(anna, { cost: 5_000 }))).toBe('admitted');
  expect(await ask(asking(anna, { cost: 1 }))).toBe('RATE_LIMITED');
});

it('[SES-07] an address over its limit is answered slowly, and only so many of its requests wait at a time', async () => {
  const { come } = await open({ KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: inWindow(1) });
  await come('203.0.113.7');
  const settled: number[] = [];
  const refusals = Array.from({ length: 100 }, (_, at) => come('203.0.113.7').then(() => settled.push(at)));
  // Somebody else passes while they wait.
  expect(await come('203.0.113.8')).toBe('admitted');
  await Promise.all(refusals);
  expect(settled.slice(0, 36).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 36 }, (_, at) => at + 64),
  );
});
