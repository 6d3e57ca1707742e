import type { DefineVerbs, Relations } from '@kept/access-policy';
import { bookingRelations, bookingVerbs } from './bookings/booking.policy.ts';
import { providerVerbs } from './providers/provider.policy.ts';

/** What the relations of the schema mean on the rows of this service; each part of the business brings its own. */
export const relations: Relations = { ...bookingRelations };

/** Who may do what; each part of the business brings its own sentences. */
export const verbs: DefineVerbs = (caller, can) => {
  for (const define of [bookingVerbs, providerVerbs]) define(caller, can);
};
