import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Fault, type Clock } from '@kept/subgraph-kit';
import { openNonces } from './nonce.ts';
import { readProof } from './read-proof.ts';

/** The header in which an app proves that it holds a key, and the one in which we tell it the nonce (RFC 9449). */
export const PROOF_HEADER = 'dpop';
export const NONCE_HEADER = 'dpop-nonce';

/** Tokens that belong to a key, and the proofs that whoever sends them holds it. */
export interface Proofs {
  /**
   * The key whose holder sends this request; null where nobody proves one. A token that belongs to a key is worth nothing
   * without a proof for this very request, and each proof is good once. Throws UNAUTHENTICATED.
   */
  admit(request: IncomingMessage, boundTo: string | null): Promise<string | null>;
  /** What an app that proves something needs for its next proof. */
  headersFor(request: IncomingMessage, error?: unknown): Record<string, string>;
}

const ALGORITHMS = 'algs="ES256 EdDSA"';

/** Opens the desk for proofs. `firstUse` remembers what was used, for as long as a nonce is good. */
export function openProofs(options: {
  /** Where apps send operations, as they write it. */
  readonly url: string;
  readonly secret: Buffer;
  readonly firstUse: (key: string) => Promise<boolean>;
  readonly clock: Clock;
}): Proofs {
  const { url, firstUse, clock } = options;
  const nonces = openNonces(options.secret);
  const refuse = (reason: 'use_dpop_nonce' | 'invalid_dpop_proof', sentence: string) =>
    new Fault('UNAUTHENTICATED', sentence, {
      detail: reason,
      extensions: { dpop: reason, nonce: nonces.current(clock()) },
    });
  return {
    async admit({ headers, method = '' }, boundTo) {
      const [, scheme = '', token] = /^(\S+) (\S+)$/.exec(headers.authorization ?? '') ?? [];
      const isDpop = scheme.toLowerCase() === 'dpop';
      const proof = headers[PROOF_HEADER];
      if (boundTo === null && isDpop)
        throw refuse('invalid_dpop_proof', 'This access token belongs to no key. Send it as "Bearer".');
      if (boundTo !== null && !isDpop)
        throw refuse(
          'invalid_dpop_proof',
          'This access token belongs to a key. Send it as "DPoP", with a proof.',
        );
      if (proof === undefined && boundTo === null) return null;
      const now = clock();
      // Node joins what is sent twice with a comma, which no proof has (RFC 9449 §4.3, 1).
      const read =
        typeof proof === 'string'
          ? await readProof(proof, { method, url, accessToken: boundTo === null ? undefined : token, now })
          : undefined;
      if (!read || (boundTo !== null && read.thumbprint !== boundTo))
        throw refuse('invalid_dpop_proof', 'The proof is not one for this request and this key.');
      if (read.nonce === undefined || !nonces.isGood(read.nonce, now))
        throw refuse('use_dpop_nonce', 'Put the nonce of this answer into the proof, and send it again.');
      const use = createHash('sha256').update(`${read.thumbprint}:${read.id}`).digest('base64url');
      if (!(await firstUse(use)))
        throw refuse('invalid_dpop_proof', 'This proof was used already. Make a new one for each request.');
      return read.thumbprint;
    },
    headersFor({ headers }, error) {
      if (headers[PROOF_HEADER] === undefined && !/^dpop /i.test(headers.authorization ?? '')) return {};
      const reason = error instanceof Fault ? error.extensions?.['dpop'] : undefined;
      return {
        [NONCE_HEADER]: nonces.current(clock()),
        ...(reason !== undefined && { 'www-authenticate': `DPoP error="${reason}", ${ALGORITHMS}` }),
      };
    },
  };
}
