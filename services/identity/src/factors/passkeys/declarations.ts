import { declareTable, notPersonal, personal } from '@kept/personal-data';
import { ofTheAccount, withTheAccount } from '../../retention/retention-rules.ts';

const ofAPasskey = (reason: string, inClearBecause: string) =>
  personal(
    ofTheAccount({
      subject: 'account_id',
      category: 'pd:Authenticating',
      reason,
      retention: withTheAccount,
      erase: 'delete',
      inClearBecause,
    }),
  );

/** Passkeys are written and read with SQL alone. Of a finger or a face nothing comes here (AUT-13). */
export const passkeyTables = [
  declareTable('passkey', {
    id: notPersonal('Random reference'),
    organization_id: notPersonal('A business'),
    account_id: notPersonal('Random reference of an account'),
    slot: notPersonal('A count'),
    credential_id: ofAPasskey('To know which of your passkeys answers', 'The database has to find it.'),
    public_key: ofAPasskey('To check what your passkey signs', 'It is the public half of a key.'),
    algorithm: notPersonal('A name of an algorithm'),
    counter: notPersonal('Counts uses, so that a copy is noticed'),
    aaguid: notPersonal('A make of authenticator'),
    name: personal(
      ofTheAccount({
        subject: 'account_id',
        category: 'pd:Authenticating',
        fieldClass: 'contact',
        reason: 'So that you tell your passkeys apart',
        retention: withTheAccount,
        erase: 'shred',
        export: 'client',
      }),
    ),
    transports: notPersonal('How a browser reaches the authenticator'),
    synced: notPersonal('Whether the passkey is on several devices'),
    created_at: notPersonal('Since when the passkey is in force'),
    last_used_at: ofAPasskey('To show you when a passkey was used', 'The database has to compare times.'),
    doubted_at: notPersonal('Since when the passkey may be a copy'),
  }),
];
