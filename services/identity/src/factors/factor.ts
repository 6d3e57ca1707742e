/** What proves who somebody is, besides the password. */
export type FactorKind = 'TOTP' | 'RECOVERY_CODE' | 'EMAIL_CODE';
