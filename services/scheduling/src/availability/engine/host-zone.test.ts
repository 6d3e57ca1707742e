import { execFileSync } from 'node:child_process';

/**
 * The answer must not depend on where the server stands (cal.com's does: 41–71 % right by host zone). Only a process of
 * its own can have another TZ, so each probe is one.
 */
const probe = `
  const { offeredStarts } = await import(process.env.PROBE_ENGINE + '/offer.ts');
  const { openZone } = await import(process.env.PROBE_ENGINE + '/zone.ts');
  const { startsOfGroups } = await import(process.env.PROBE_ENGINE + '/groups.ts');
  const { periodStart, usedUp } = await import(process.env.PROBE_ENGINE + '/periods.ts');
  const minute = (iso) => Date.parse(iso) / 60000;
  const rules = [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, startMinute: 1320, endMinute: 630 }));
  const terms = { durationMinutes: 60, slotIntervalMinutes: 30, bufferBeforeMinutes: 5, bufferAfterMinutes: 5, minimumLeadMinutes: 0, maximumAdvanceMinutes: 1e6 };
  const asked = { range: { start: minute('2027-03-13T00:00Z'), end: minute('2027-04-05T00:00Z') }, nowMinute: minute('2027-03-01T00:00Z'), booker: openZone('Asia/Kathmandu') };
  const busy = [minute('2027-03-14T06:00Z'), minute('2027-03-14T06:20Z')];
  const away = [minute('2027-03-20T00:00Z'), minute('2027-03-21T00:00Z')];
  const together = startsOfGroups([{ required: 1, members: [{ id: 'a', busy }, { id: 'b', busy: [busy[0] - 600, busy[1] + 600] }] }], terms, asked);
  const answers = ['America/New_York', 'Australia/Lord_Howe', 'Europe/London', 'Asia/Kathmandu'].map((name) => {
    const zone = openZone(name);
    // A day and a month that a limit has used up, on that calendar.
    const full = usedUp(zone, [
      { period: 'DAY', startDay: periodStart('DAY', zone, minute('2027-03-28T12:00Z')), used: 1, max: 1 },
      { period: 'MONTH', startDay: periodStart('MONTH', zone, minute('2027-04-02T12:00Z')), used: 3, max: 3 },
    ]);
    return offeredStarts({ zone, rules, overrides: [], busy, away, together, full }, terms, asked);
  });
  process.stdout.write(JSON.stringify({ zone: new Date(0).getTimezoneOffset(), answers }));
`;

function answersUnder(TZ: string): { zone: number; answers: number[][] } {
  const engine = new URL('.', import.meta.url).href.replace(/\/$/, '');
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', probe], {
    env: { ...process.env, TZ, PROBE_ENGINE: engine, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  return JSON.parse(output) as { zone: number; answers: number[][] };
}

it('offers the same slots under four host time zones', () => {
  const results = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'].map(answersUnder);
  expect(new Set(results.map((result) => result.zone)).size).toBeGreaterThanOrEqual(3);
  const [first, ...others] = results.map((result) => result.answers);
  expect(first?.flat().length).toBeGreaterThan(500);
  for (const other of others) expect(other).toEqual(first);
});
