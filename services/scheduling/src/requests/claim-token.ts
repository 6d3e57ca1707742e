import { createHash } from 'node:crypto';
import type { SlotHold } from '../bookings/slot-hold.ts';
import type { RequestSecrets } from './request-secrets.ts';

/**
 * 32 bytes that show who asked for a hold. Made of the hold's random id under a key of ours, so that an answer that was lost
 * can be given again; stored is its hash, so that neither a new key nor a copy of the database opens anything.
 */
export const claimTokenOf = (
  secrets: RequestSecrets,
  hold: Pick<SlotHold, 'id' | 'organizationId'>,
): string => secrets.hash('claim', hold.organizationId, hold.id).toString('base64url');

/** SHA-256: a token of full entropy needs no key. */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
