export { ASSURANCES, ROLES, anonymousCaller, isAtLeast, parseCaller, writeCaller } from './caller.ts';
export type { Assurance, Caller, Role } from './caller.ts';
export {
  PASSPORT_HEADER,
  PASSPORT_SKEW_MS,
  PassportRefused,
  openPassportVerifier,
  parsePassportKeys,
  signPassport,
} from './passport.ts';
export type { PassportKey, PassportVerifier } from './passport.ts';
