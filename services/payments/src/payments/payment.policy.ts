import { ownClients, type DefineVerbs, type Relations } from '@kept/access-policy';

/** A payment, its refunds and its card are the client's own. */
export const paymentRelations: Relations = {
  Payment: { SELF: (caller) => ({ clientId: ownClients(caller) }) },
  PaymentLine: { SELF: (caller) => ({ clientId: ownClients(caller) }) },
  Refund: { SELF: (caller) => ({ clientId: ownClients(caller) }) },
  PaymentMethod: { SELF: (caller) => ({ clientId: caller.accountId }) },
  PaymentMethodCollection: { SELF: (caller) => ({ clientId: caller.accountId }) },
};

export const paymentVerbs: DefineVerbs = (caller, can) => {
  // Whose payment method is used or removed, and whose quote, is checked against the row in hand.
  if (caller.roles.includes('CLIENT')) {
    can(['use', 'remove'], 'PaymentMethod', { clientId: caller.accountId });
    can('finish', 'PaymentMethodCollection', { clientId: caller.accountId });
  }
  if (caller.roles.includes('BILLING') && caller.secondFactor) {
    can(['refund', 'review'], 'Payment');
    can('charge', 'Booking');
  }
};
