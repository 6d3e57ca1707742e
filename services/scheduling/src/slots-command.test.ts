import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSlotsCommand } from './slots-command.ts';

const directory = mkdtempSync(join(tmpdir(), 'kept-slots-'));
afterAll(() => rmSync(directory, { recursive: true }));

function run(value: unknown): { code: number; out: string; complaint: string } {
  const path = join(directory, 'cases.json');
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  let [out, complaint] = ['', ''];
  const code = runSlotsCommand([path], {
    write: (text) => void (out += text),
    complain: (text) => void (complaint += text),
  });
  return { code, out, complaint };
}

const good = {
  id: 'a morning',
  bookerTimeZone: 'Europe/London',
  duration: 60,
  interval: 60,
  minNotice: 0,
  now: '2027-01-01T00:00:00.000Z',
  from: '2027-03-28T00:00:00.000Z',
  to: '2027-03-29T00:00:00.000Z',
  providers: [{ timeZone: 'Europe/London', rules: [{ days: [0], start: '09:00', end: '12:00' }] }],
};
const withProvider = (change: object) => ({
  cases: [{ ...good, providers: [{ ...good.providers[0], ...change }] }],
});

it('prints the starts of each case in UTC, on the day on which the clock changes', () => {
  expect(JSON.parse(run({ cases: [good] }).out)).toEqual({
    'a morning': ['2027-03-28T08:00:00.000Z', '2027-03-28T09:00:00.000Z', '2027-03-28T10:00:00.000Z'],
  });
});

it.each([
  ['is no JSON', '{', /not JSON/],
  ['has no cases', {}, /cases/],
  ['has two cases of one id', { cases: [good, good] }, /same id/],
  [
    'knows a zone that does not exist',
    withProvider({ timeZone: 'Mars/Olympus' }),
    /providers\.0\.timeZone: is not a time zone/,
  ],
  [
    'has a 31 February',
    withProvider({ overrides: [{ date: '2027-02-31', start: '09:00', end: '10:00' }] }),
    /date: is not a date/,
  ],
  [
    'has a 25th hour',
    withProvider({ rules: [{ days: [1], start: '09:00', end: '25:00' }] }),
    /end: is not a time of day/,
  ],
  [
    'has busy time that ends before it starts',
    withProvider({ busy: [{ start: good.to, end: good.from }] }),
    /busy\.0: ends before/,
  ],
  ['has a negative buffer', { cases: [{ ...good, bufferBefore: -1 }] }, /bufferBefore/],
  ['has an interval of nothing', { cases: [{ ...good, interval: 0 }] }, /interval/],
  ['asks for a million days', { cases: [{ ...good, to: '4764-01-01T00:00:00.000Z' }] }, /more than a year/],
  ['asks backwards', { cases: [{ ...good, to: '2027-01-01T00:00:00.000Z' }] }, /is before "from"/],
  ['has nobody', { cases: [{ ...good, providers: [] }] }, /providers/],
])('says what is wrong with a file that %s', (_what, value, complaint) => {
  const result = run(value);
  expect(result.code).toBe(1);
  expect(result.complaint).toMatch(complaint);
  expect(result.out).toBe('');
});

it('says how it is called, and which file it cannot read', () => {
  const said: string[] = [];
  const out = { write: () => undefined, complain: (text: string) => void said.push(text) };
  expect(runSlotsCommand([], out)).toBe(2);
  expect(runSlotsCommand([join(directory, 'nowhere.json')], out)).toBe(1);
  expect(said).toEqual([
    expect.stringContaining('npm run slots -- FILE'),
    expect.stringContaining('cannot be read'),
  ]);
});
