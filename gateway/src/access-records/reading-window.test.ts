import { randomUUID } from 'node:crypto';
import { anonymousCaller, type Caller } from '@kept/passport';
import { openReadingWindow } from './reading-window.ts';

const limits = { reaction: 'throttle', windowMinutes: 60, peopleMax: 3, rowsMax: 1_000 } as const;
const start = Date.parse('2030-01-01T00:00:00Z');
const after = (minutes: number) => new Date(start + minutes * 60_000);
const somebody = (): Caller => ({
  ...anonymousCaller({
    organizationId: randomUUID(),
    requestId: 'request',
    operationName: null,
    networkAddress: null,
    policyVersion: '',
  }),
  kind: 'STAFF',
  accountId: randomUUID(),
});
const seen = (people: number) => ({
  answered: [],
  people: new Map(Array.from({ length: people }, () => [randomUUID(), []] as const)),
  rows: people,
});

it('forgets who has read nothing within the window, and not who has', () => {
  const window = openReadingWindow(limits);
  const [yesterday, today] = [somebody(), somebody()];
  window.add(yesterday, seen(3), after(0));
  window.add(today, seen(4), after(50));
  expect(window.size).toBe(2);
  window.add(today, seen(1), after(61));
  expect(window.size).toBe(1);
  expect(() => window.assertMayRead(today, after(61))).toThrow('unusually many');
  expect(() => window.assertMayRead(yesterday, after(61))).not.toThrow();
});
