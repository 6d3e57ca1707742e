import type { Stripe } from 'stripe';
import type { Page, PageRequest, PaymentProcessor } from './payment-processor.ts';
import { balanceFacts, chargeFacts, disputeFacts, payoutLine } from './stripe-account-facts.ts';
import { EXPAND, eventFacts, readIntent, refundFacts } from './stripe-facts.ts';
import { ask } from './stripe-outcome.ts';

type Calls = Pick<
  PaymentProcessor,
  | 'readIntent'
  | 'findIntentByOp'
  | 'readCharge'
  | 'readDispute'
  | 'readEvent'
  | 'refundsOfIntent'
  | 'listIntents'
  | 'listRefunds'
  | 'listDisputes'
  | 'listBalanceTransactions'
  | 'listPayoutLines'
>;

/** What only asks: nothing here changes anything, so nothing carries a key. */
export function lookUps(stripe: Stripe): Calls {
  const retrieve = (reference: string) =>
    ask(readIntent, () => stripe.paymentIntents.retrieve(reference, EXPAND));
  return {
    readIntent: retrieve,
    findIntentByOp: async (opId) => {
      const query = `metadata['payment_op_id']:'${opId}'`;
      const found = await ask({ object: 'search_result', read: ({ data }) => data[0]?.id }, () =>
        stripe.paymentIntents.search({ query }),
      );
      if (found.kind !== 'DONE') return found;
      // A search answers from an index; the object itself says how things stand now.
      return found.value === undefined ? { kind: 'DONE', value: null } : retrieve(found.value);
    },
    readCharge: (reference) =>
      ask({ object: 'charge', read: chargeFacts }, () =>
        stripe.charges.retrieve(reference, { expand: ['balance_transaction'] }),
      ),
    readDispute: (reference) =>
      ask({ object: 'dispute', read: disputeFacts }, () =>
        stripe.disputes.retrieve(reference, { expand: ['payment_intent'] }),
      ),
    readEvent: (eventId) => ask({ object: 'event', read: eventFacts }, () => stripe.events.retrieve(eventId)),
    refundsOfIntent: (reference) =>
      ask({ object: 'list', read: ({ data }) => data.map((refund) => refundFacts(refund)) }, () =>
        stripe.refunds.list({ payment_intent: reference, limit: 100 }),
      ),
    ...lists(stripe),
  };
}

function lists(stripe: Stripe): Pick<Calls, Extract<keyof Calls, `list${string}`>> {
  return {
    listIntents: (request) =>
      ask(pageOf(readIntent.read), () =>
        stripe.paymentIntents.list({
          ...wireOf(request),
          expand: ['data.latest_charge.balance_transaction'],
        }),
      ),
    listRefunds: (request) => ask(pageOf(refundFacts), () => stripe.refunds.list(wireOf(request))),
    listDisputes: (request) =>
      ask(pageOf(disputeFacts), () =>
        stripe.disputes.list({ ...wireOf(request), expand: ['data.payment_intent'] }),
      ),
    listBalanceTransactions: (request) =>
      ask(pageOf(balanceFacts), () => stripe.balanceTransactions.list(wireOf(request))),
    listPayoutLines: ({ payoutReference: payout, cursor, limit }) =>
      ask(pageOf(payoutLine), () =>
        stripe.balanceTransactions.list({
          payout,
          limit,
          ...(cursor !== null && { starting_after: cursor }),
          expand: ['data.source'],
        }),
      ),
  };
}

const seconds = (instant: Date): number => Math.floor(instant.getTime() / 1000);

const wireOf = ({ createdAfter, createdBefore, cursor, limit }: PageRequest) => ({
  created: {
    gte: seconds(createdAfter),
    ...(createdBefore !== undefined && { lt: seconds(createdBefore) }),
  },
  limit,
  ...(cursor !== null && { starting_after: cursor }),
});

/** One item that cannot be read makes the page unreadable: a list with a hole would look whole. */
const pageOf = <Item extends { id: string }, Facts>(read: (item: Item) => Facts) => ({
  object: 'list',
  read: ({ data, has_more: more }: { data: Item[]; has_more: boolean }): Page<Facts> => ({
    items: data.map((item) => read(item)),
    cursor: more ? (data.at(-1)?.id ?? null) : null,
  }),
});
