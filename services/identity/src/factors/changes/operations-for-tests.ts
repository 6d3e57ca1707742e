// What apps send to change how somebody signs in. Used by tests only.
import type { Member } from '../../accounts/enter-member.ts';
import type { TestIdentity } from '../../test-identity.ts';

export const RESTORE = 'mutation ($token: String!) { factorRestore(token: $token) { restored message } }';
export const REMOVE = 'mutation ($input: TotpRemoveInput!) { totpRemove(input: $input) { __typename } }';
export const REMOVE_OF =
  'mutation ($input: StaffFactorsRemoveInput!) { staffFactorsRemove(input: $input) { sessionsEnded } }';
export const RENEW = 'mutation { recoveryCodesRenew { recoveryCodes } }';
export const CODES_ON =
  'mutation ($factor: CodeFactorKind!) { codeFactorEnable(factor: $factor) { factor enabled changedAt } }';

/** The token that stands behind the # of the newest notice that brings a factor back. */
export async function restoreTokenFor(test: TestIdentity, { email }: Member): Promise<string> {
  const texts = (await test.mailsTo(email)).map(({ text }) => text);
  const newest = texts.findLast((text) => text.includes('/restore-factor#')) ?? '';
  return /\/restore-factor#(kf1_[\w-]+)/.exec(newest)?.[1] ?? '';
}
