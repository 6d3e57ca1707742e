import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';
import { ofTheAccount } from '../retention/retention-rules.ts';

const reference = notPersonal('Random reference');
const aBusiness = notPersonal('A business');

const origins = retentionRule({
  name: 'places-of-sign-ins',
  clock: 'seen_at',
  period: 'P180D',
  then: 'delete_row',
  reason: 'Half a year tells a country that is new from one that somebody goes back to.',
});

const assessments = retentionRule({
  name: 'assessments-of-sign-ins',
  clock: 'assessed_at',
  period: 'P180D',
  then: 'delete_row',
  reason:
    'Long enough to look into a break-in that was noticed late, and to see whether the rules judge well.',
});

const ofTheOrigin = {
  subject: 'account_id',
  retention: origins,
  erase: 'delete',
  basis: 'gdpr:A6-1-f',
  export: 'client',
} as const;
const ofTheAssessment = { ...ofTheOrigin, retention: assessments } as const;

/** What is kept to judge sign-ins: coarse, or sealed; never an address. */
export const riskTables = [
  declareTable('risk_policy', {
    organization_id: aBusiness,
    version: notPersonal('A count'),
    settings: notPersonal('Weights and limits that the business has set'),
    set_by: notPersonal('Random reference of an account'),
    set_at: notPersonal('Since when it holds'),
  }),
  declareTable('sign_in_origin', {
    session_id: reference,
    organization_id: aBusiness,
    account_id: reference,
    device_id: reference,
    country: personal(
      ofTheAccount({
        ...ofTheOrigin,
        category: 'pd:Country',
        reason: 'To notice a sign-in from a country in which you never were',
        inClearBecause: 'It is compared by the database, and says no more than a country.',
      }),
    ),
    provider: notPersonal('Number of the company whose network it was, shared by millions'),
    network_hash: personal(
      ofTheAccount({
        ...ofTheOrigin,
        category: 'pd:IPAddress',
        reason: 'To notice a sign-in from another network',
        inClearBecause: 'It is a keyed hash (HMAC-SHA-256) and cannot be read back.',
        export: 'none',
      }),
    ),
    relayed: notPersonal('Whether the network hides where its users are'),
    place: personal(
      ofTheAccount({
        ...ofTheOrigin,
        category: 'pd:Location',
        fieldClass: 'sensitive',
        reason:
          'To notice a sign-in from where you cannot be, and to tell you from where it was; a town at best',
        erase: 'shred',
      }),
    ),
    device_name: personal(
      ofTheAccount({
        ...ofTheOrigin,
        category: 'pd:DeviceBased',
        fieldClass: 'sensitive',
        reason: 'To tell you on what sort of device a sign-in was',
        erase: 'shred',
      }),
    ),
    began_at: personal(
      ofTheAccount({
        ...ofTheOrigin,
        category: 'pd:Authenticating',
        reason: 'To notice a sign-in at an hour at which you never are here',
        inClearBecause: 'The database has to compare times.',
      }),
    ),
    seen_at: personal(
      ofTheAccount({
        ...ofTheOrigin,
        category: 'pd:Authenticating',
        reason: 'To work out how fast somebody would have to have travelled',
        inClearBecause: 'The database has to compare times.',
      }),
    ),
  }),
  declareTable('risk_assessment', {
    id: reference,
    organization_id: aBusiness,
    account_id: reference,
    session_id: reference,
    occasion: notPersonal('What was judged, one of four words'),
    score: personal(
      ofTheAccount({
        ...ofTheAssessment,
        category: 'pd:Authenticating',
        reason: 'To ask for more where a sign-in looks like somebody else’s',
        inClearBecause: 'It is compared and counted; it says nothing of the person.',
      }),
    ),
    level: notPersonal('What the score came to, one of four words'),
    mode: notPersonal('Whether it had consequences'),
    previous_account_id: reference,
    policy_version: notPersonal('By which rules it was judged'),
    reasons: personal(
      ofTheAccount({
        ...ofTheAssessment,
        category: 'pd:Authenticating',
        reason: 'To be able to say why a sign-in was asked for more',
        inClearBecause: 'They are words of a fixed list.',
      }),
    ),
    country: personal(
      ofTheAccount({
        ...ofTheAssessment,
        category: 'pd:Country',
        reason: 'To be able to say why a sign-in was asked for more',
        inClearBecause: 'It is counted by the database, and says no more than a country.',
      }),
    ),
    network_hash: personal(
      ofTheAccount({
        ...ofTheAssessment,
        category: 'pd:IPAddress',
        reason: 'To find what else came from the network of an attack',
        inClearBecause: 'It is a keyed hash (HMAC-SHA-256) and cannot be read back.',
        export: 'none',
      }),
    ),
    assessed_at: notPersonal('When it was judged'),
  }),
];
