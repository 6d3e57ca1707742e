import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { GrantPassInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { findPass, type Pass } from './pass.ts';
import { findProduct } from './pass-product.ts';
import { writePass } from './write-pass.ts';

interface PassGranted {
  __typename: 'PassGranted';
  pass: Pass | null;
}

/** Gives a client a pass, valid through so many days on the calendar of the business. */
export function grantPass(context: SchedulingContext, input: GrantPassInput) {
  const productId = readId(input.productId, 'productId');
  const clientId = readId(input.clientId, 'clientId');
  const { caller } = context;
  return settle<PassGranted, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'grantPass',
        key: input.idempotencyKey,
        request: { productId, clientId },
      };
      const { passId } = await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const product = await findProduct(tx, productId);
        if (product === null || !product.active) throw refused.notFound('pass product');
        const [known] = await tx.query('SELECT id FROM client WHERE id = $1', [clientId]);
        if (known === undefined) throw refused.notFound('client');
        const { id } = await writePass(tx, {
          product,
          clientId,
          from: { grantedBy: caller.accountId },
          actor: actorOf(caller),
          now,
        });
        return { passId: id };
      });
      return { __typename: 'PassGranted', pass: await findPass(tx, passId) };
    }),
  );
}
