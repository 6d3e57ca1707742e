const notPersonal = (reason: string) => ({ personal: false as const, reason });

/**
 * What this package's tables hold, in the form of packages/personal-data (which must not be imported here: it is declared by
 * those who are declared).
 */
export const eventsDeclarations = [
  {
    table: 'outbox',
    columns: {
      id: notPersonal('Names an event'),
      organization_id: notPersonal('The business it happened in'),
      name: notPersonal('What kind of event'),
      version: notPersonal('Form of the payload'),
      payload: notPersonal('Random references, times, amounts and states; the catalogue admits nothing else'),
      occurred_at: notPersonal('When it happened'),
      request_id: notPersonal('A random id of the request that it comes of'),
    },
  },
  {
    table: 'outbox_delivery',
    columns: {
      event_id: notPersonal('Names an event'),
      consumer: notPersonal('Which service must hear of it'),
      position: notPersonal('Order of sending'),
      attempts: notPersonal('How often it was sent'),
      due_at: notPersonal('When it is sent again'),
      acknowledged_at: notPersonal('When the service said that it is done'),
    },
  },
  {
    table: 'inbox',
    columns: {
      event_id: notPersonal('Names an event'),
      organization_id: notPersonal('The business it happened in'),
      name: notPersonal('What kind of event'),
      publisher: notPersonal('Which service told it'),
      handled_at: notPersonal('When it was handled'),
    },
  },
  {
    table: 'inbox_trouble',
    columns: {
      event_id: notPersonal('Names an event'),
      organization_id: notPersonal('The business it happened in'),
      name: notPersonal('What kind of event'),
      version: notPersonal('Form of the payload'),
      publisher: notPersonal('Which service told it'),
      reason: notPersonal('Why it could not be handled, one of four words'),
      attempts: notPersonal('How often it was tried'),
      parked: notPersonal('Whether a person has to look'),
      first_at: notPersonal('When it failed first'),
      last_at: notPersonal('When it failed last'),
    },
  },
];
