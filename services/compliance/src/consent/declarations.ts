import { declareTable, notPersonal, personal } from '@kept/personal-data';
import type { PersonalData } from '@kept/personal-data';
import { historyOfEndedConsents, knownClients, messageDecisions } from '../retention/retention-rules.ts';

const reference = {
  category: 'pd:Identifying',
  purposes: ['booking.service', 'booking.reminder', 'marketing.news', 'marketing.sharing'],
  basis: 'gdpr:A6-1-c',
  export: 'client',
} as const satisfies Partial<PersonalData>;

/** Tables of consent that are written and read with SQL alone. */
export const consentDeclarations = [
  declareTable('consent_event', {
    id: notPersonal('Random reference: the receipt'),
    organization_id: notPersonal('A business'),
    consent_id: notPersonal('Random reference'),
    client_id: personal({
      ...reference,
      subject: 'client_id',
      reason: 'To show what you agreed to, and when',
      retention: historyOfEndedConsents,
      erase: 'keep',
    }),
    purpose: notPersonal('Purpose from the registry'),
    channel: notPersonal('Channel from the registry'),
    kind: notPersonal('What happened, a code'),
    document_hash: notPersonal('Which words were shown'),
    document_major: notPersonal('Version of the words'),
    language: notPersonal('Language of the words'),
    method: notPersonal('How it was said, a code'),
    actor_kind: notPersonal('Client, staff or service'),
    actor_id: personal({
      ...reference,
      subject: 'actor_id',
      reason: 'To show who said it',
      retention: historyOfEndedConsents,
      erase: 'keep',
    }),
    request_id: notPersonal('Random reference of a request'),
    occurred_at: notPersonal('When it was said'),
    position: notPersonal('Order of events'),
  }),
  declareTable('message_decision', {
    id: notPersonal('Random reference: the receipt'),
    organization_id: notPersonal('A business'),
    message_id: notPersonal('Random reference'),
    recipient_kind: notPersonal('Client or staff'),
    recipient_id: personal({
      ...reference,
      subject: 'recipient_id',
      reason: 'To show that a message to you was allowed',
      retention: messageDecisions,
      erase: 'delete',
    }),
    template: notPersonal('Which message, a code'),
    purpose: notPersonal('Purpose from the registry'),
    channel: notPersonal('Channel from the registry'),
    allowed: notPersonal('The decision'),
    reason: notPersonal('Why, a code'),
    consent_event_id: notPersonal('Random reference of the consent it rests on'),
    decided_at: notPersonal('When it was decided'),
    sent_at: notPersonal('When it was sent'),
  }),
  declareTable('known_client', {
    id: personal({
      ...reference,
      subject: 'id',
      reason: 'To know that you are one of our clients',
      retention: knownClients,
      erase: 'keep',
    }),
    organization_id: notPersonal('A business'),
    registered_at: notPersonal('When we learned of the client'),
    erased_at: notPersonal('When the client was erased'),
  }),
];
