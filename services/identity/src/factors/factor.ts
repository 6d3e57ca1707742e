import type { Assurance } from '@kept/passport';

/** What proves who somebody is, besides the password. */
export type FactorKind = 'TOTP' | 'RECOVERY_CODE' | 'EMAIL_CODE' | 'SMS_CODE' | 'PASSKEY';

/** What is sent over lines that others can read (NIST SP 800-63B-4 calls the telephone one restricted). */
export type CodeFactorKind = 'EMAIL_CODE' | 'SMS_CODE';

export const isCodeFactor = (kind: FactorKind): kind is CodeFactorKind =>
  kind === 'EMAIL_CODE' || kind === 'SMS_CODE';

/** How much a factor says: what a session is worth that was opened with it. */
export type FactorGrade = Exclude<Assurance, 'NONE' | 'PASSWORD'>;

const GRADES: Readonly<Record<FactorKind, FactorGrade>> = {
  PASSKEY: 'PHISHING_RESISTANT',
  TOTP: 'STRONG',
  RECOVERY_CODE: 'STRONG',
  EMAIL_CODE: 'RESTRICTED',
  SMS_CODE: 'RESTRICTED',
};

export const gradeOf = (kind: FactorKind): FactorGrade => GRADES[kind];
