import { openPassportVerifier } from '@kept/passport';
import { callerOf, passportFor, testPassportKey } from './callers.ts';
import { fixedClock } from './fixed-clock.ts';

it('makes passports that the named service accepts and another one refuses', () => {
  const clock = fixedClock('2030-01-01T10:00:00Z');
  const caller = callerOf({ kind: 'STAFF', roles: ['MANAGER'] });
  const body = '{"query":"{ viewer { id } }"}';
  const passport = passportFor({ caller, service: 'identity', body, now: clock() });
  const verifierOf = (service: string) =>
    openPassportVerifier({ service, keys: [testPassportKey(service)], clock });
  expect(() => verifierOf('payments').verify(passport, Buffer.from(body))).toThrow();
  expect(verifierOf('identity').verify(passport, Buffer.from(body))).toEqual(caller);
});

it('gives clients and staff what they have when they are signed in, and the anonymous nothing', () => {
  expect(callerOf({ kind: 'CLIENT' })).toMatchObject({ roles: ['CLIENT'], secondFactor: false });
  expect(callerOf({ kind: 'STAFF', roles: ['BILLING'] })).toMatchObject({ secondFactor: true });
  expect(callerOf({ kind: 'ANONYMOUS' })).toMatchObject({ accountId: null, sessionId: null, roles: [] });
});
