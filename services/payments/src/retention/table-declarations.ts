import { declareTable, notPersonal } from '@kept/personal-data';

/** The tables that have no entity: written by statements of their own, never changed. */
export const tableDeclarations = [
  declareTable('ledger_transaction', {
    id: notPersonal('Names a transaction of the books'),
    organization_id: notPersonal('Whose books'),
    payment_id: notPersonal('Random reference; the payment behind it goes after ten years, the books stay'),
    cause_id: notPersonal('Random reference of what led to it'),
    kind: notPersonal('What happened'),
    created_at: notPersonal('When it was written'),
    written_in: notPersonal('Number of the database transaction, so that nothing can be added later'),
  }),
  declareTable('ledger_entry', {
    transaction_id: notPersonal('The transaction it is a side of'),
    organization_id: notPersonal('Whose books'),
    account: notPersonal('An account of the books'),
    currency: notPersonal('A currency'),
    amount_minor: notPersonal('An amount in the books of the business'),
  }),
  declareTable('money_notice', {
    id: notPersonal('Names a message'),
    organization_id: notPersonal('The business that tells'),
    payment_id: notPersonal('The payment it is about; goes together with it'),
    cause_id: notPersonal('Random reference of the money event'),
    event: notPersonal('What kind of money event'),
    channel: notPersonal('How it is told'),
    created_at: notPersonal('When it was told'),
  }),
  declareTable('processor_event', {
    event_id: notPersonal('Names an event at the payment processor; forgotten after 30 days'),
    type: notPersonal('What kind of event'),
    state: notPersonal('Whether it was worked off'),
    attempts: notPersonal('How often it was tried'),
    received_at: notPersonal('When it arrived'),
    next_try_at: notPersonal('When it is tried again'),
  }),
  declareTable('state_transition', {
    machine: notPersonal('Which kind of thing'),
    source: notPersonal('A state'),
    target: notPersonal('A state that may follow'),
  }),
];
