import { randomUUID } from 'node:crypto';
import { Withdrawn } from './withdrawn.ts';

const MINUTE_MS = 60_000;

it('forgets what no token can claim any more, and nothing before', () => {
  const known = new Withdrawn();
  const [session, tokens, emergency] = [randomUUID(), randomUUID(), randomUUID()];
  const withdrawals = [
    { kind: 'SESSION', id: session } as const,
    { kind: 'TOKENS', id: tokens, generation: 3 } as const,
    { kind: 'EMERGENCY', id: emergency } as const,
  ];
  const state = () => [
    known.isSessionOver(session, 0),
    known.isSessionOver(tokens, 2),
    known.isSessionOver(tokens, 3),
    known.isEmergencyOver(emergency),
  ];
  known.apply({ type: 'withdrawn', withdrawals }, 0);
  expect(state()).toEqual([true, true, false, true]);
  known.apply({ type: 'withdrawn', withdrawals: [] }, 15 * MINUTE_MS - 1);
  expect(state()).toEqual([true, true, false, true]);
  known.apply({ type: 'withdrawn', withdrawals: [] }, 15 * MINUTE_MS);
  expect(state()).toEqual([false, false, false, false]);
});

it('holds the longer of two isolations of one target, and only what the last word says', () => {
  const known = new Withdrawn();
  const at = (iso: string) => Date.parse(iso);
  const of = (until: string) => ({ kind: 'ACTOR', target: 'a', until }) as const;
  known.apply(
    { type: 'isolations', isolations: [of('2030-01-02T00:00:00Z'), of('2030-01-01T00:00:00Z')] },
    0,
  );
  expect(known.isIsolated('ACTOR', 'a', at('2030-01-01T12:00:00Z'))).toBe(true);
  expect(known.isIsolated('ACTOR', 'a', at('2030-01-02T00:00:00Z'))).toBe(false);
  expect(known.isIsolated('ORGANIZATION', 'a', at('2030-01-01T12:00:00Z'))).toBe(false);
  known.apply({ type: 'isolations', isolations: [] }, 1);
  expect([known.isIsolated('ACTOR', 'a', 0), known.nothingIsolated]).toEqual([false, true]);
});
