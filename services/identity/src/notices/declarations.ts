import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';
import { ofTheAccount } from '../retention/retention-rules.ts';

const reference = notPersonal('Random reference');
const anAccount = notPersonal('Random reference of an account');
const aBusiness = notPersonal('A business');

const oldLinks = retentionRule({
  name: 'links-of-notices',
  clock: 'expires_at',
  period: 'P30D',
  then: 'delete_row',
  reason: 'Whoever uses a link that is over is told so for a month.',
});

const oldCases = retentionRule({
  name: 'security-cases',
  clock: 'opened_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Two years are enough to see that the same happens again; the audit log keeps that it happened.',
});

const oldCampaigns = retentionRule({
  name: 'deliveries-of-security-news',
  clock: 'queued_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'To show whom the business has told of a danger, and to tell nobody twice.',
});

/** What is kept of notices, reports and news about security. */
export const noticeTables = [
  declareTable('notice_link', {
    id: notPersonal('Random reference of a mail'),
    organization_id: aBusiness,
    account_id: anAccount,
    session_id: notPersonal('Random reference of the session that the mail tells of'),
    device_id: notPersonal('Random reference of the device that the mail tells of'),
    template: notPersonal('Which text was sent'),
    created_at: personal(
      ofTheAccount({
        subject: 'account_id',
        category: 'pd:Authenticating',
        reason: 'So that a link you were sent can be used by you, and once',
        retention: oldLinks,
        erase: 'delete',
        inClearBecause: 'The database has to compare times.',
      }),
    ),
    expires_at: notPersonal('Ends the link'),
    used_at: notPersonal('Says that it was used'),
  }),
  declareTable('security_case', {
    id: reference,
    organization_id: aBusiness,
    account_id: anAccount,
    kind: notPersonal('What sort of case, one of five words'),
    about: notPersonal('Which notice it began with, or what was seen; a word of a fixed list'),
    report: personal(
      ofTheAccount({
        subject: 'account_id',
        category: 'kept:SecurityRecord',
        fieldClass: 'sensitive',
        basis: 'gdpr:A6-1-f',
        reason: 'To look into what you have reported',
        retention: oldCases,
        erase: 'shred',
        export: 'client',
      }),
    ),
    sessions_ended: notPersonal('A count'),
    opened_at: notPersonal('When it began'),
    closed_at: notPersonal('When somebody had looked at it'),
    closed_by: anAccount,
    finding: notPersonal('What was found, one of two words'),
  }),
  declareTable('security_campaign', {
    id: reference,
    organization_id: aBusiness,
    texts: notPersonal(
      'News of the business for all its clients; addresses and numbers of cards are refused',
    ),
    state: notPersonal('Where it stands'),
    written_by: anAccount,
    started_at: notPersonal('When it began'),
    finished_at: notPersonal('When all had it'),
  }),
  declareTable('campaign_delivery', {
    campaign_id: reference,
    organization_id: aBusiness,
    account_id: anAccount,
    mail_id: notPersonal('Random reference of a mail'),
    queued_at: personal(
      ofTheAccount({
        subject: 'account_id',
        category: 'pd:CommunicationsMetadata',
        reason: 'So that you are told once, and the business can show that it told you',
        retention: oldCampaigns,
        erase: 'delete',
        inClearBecause: 'It is a time.',
      }),
    ),
  }),
];
