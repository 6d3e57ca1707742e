import { audiencesOf, ownClients, type DefineVerbs, type Relations } from '@kept/access-policy';

export const passRelations: Relations = {
  // A client sees the passes they have.
  Pass: { SELF: (caller) => ({ clientId: ownClients(caller) }) },
  // Who pays knows of the purchase; whose pass it becomes, of the pass.
  PassPurchase: { SELF: (caller) => ({ boughtBy: caller.accountId }) },
};

/** Clients pay with their own passes; staff who book for clients with those of the client. */
export const passVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  if (audiences.includes('CLIENT')) can('redeem', 'Pass', { clientId: ownClients(caller) });
  if (audiences.includes('FRONT_DESK') || audiences.includes('MANAGER')) can('redeem', 'Pass');
};
