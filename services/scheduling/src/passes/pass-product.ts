import { randomUUID } from 'node:crypto';
import { constraintOf, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { In } from 'typeorm';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId, readText } from '../input.ts';
import type { CreatePassProductInput, RetirePassProductInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { currencyOf } from '../services/currency-of.ts';
import { Service } from '../services/service.ts';
import { settle } from '../settle.ts';

/** A kind of pass. It never changes but in whether it is sold. */
export interface PassProduct {
  readonly id: string;
  readonly name: string;
  readonly credits: number;
  readonly validityDays: number;
  readonly active: boolean;
  /** What people pay who buy it themselves; null: the front desk sells it. */
  readonly price: { readonly amountMinor: number; readonly currency: string } | null;
}

/** The same limit as the table's. */
const PRICE_MAX = 1_000_000_000_000;
const SERVICES_MAX = 100;
const PRODUCTS_MAX = 200;
const COLUMNS = `id, name, credits, validity_days AS "validityDays", active,
  CASE WHEN price_minor IS NOT NULL
    THEN json_build_object('amountMinor', price_minor, 'currency', trim(currency)) END AS price`;

export async function findProduct(tx: Transaction, id: string): Promise<PassProduct | null> {
  const [product] = await tx.query<PassProduct>(`SELECT ${COLUMNS} FROM pass_product WHERE id = $1`, [id]);
  return product ?? null;
}

/** Many products at once. */
export async function productsById(
  tx: Transaction,
  ids: readonly string[],
): Promise<Map<string, PassProduct>> {
  const products = await tx.query<PassProduct>(
    `SELECT ${COLUMNS} FROM pass_product WHERE id = ANY ($1::uuid[])`,
    [ids],
  );
  return new Map(products.map((product) => [product.id, product]));
}

/** What products cover, by name: two queries for all. */
export async function servicesCovered(
  tx: Transaction,
  productIds: readonly string[],
): Promise<Map<string, Service[]>> {
  const pairs = await tx.query<{ product: string; service: string }>(
    `SELECT product_id AS product, service_id AS service FROM pass_product_service
     WHERE product_id = ANY ($1::uuid[])`,
    [productIds],
  );
  const services = await tx.manager.find(Service, {
    where: { id: In(pairs.map(({ service }) => service)) },
    order: { name: 'ASC', id: 'ASC' },
  });
  const covers = new Set(pairs.map(({ product, service }) => `${product} ${service}`));
  return new Map(
    productIds.map((product) => [product, services.filter(({ id }) => covers.has(`${product} ${id}`))]),
  );
}

/** What is sold, by name. */
export function listProducts(tx: Transaction): Promise<PassProduct[]> {
  return tx.query<PassProduct>(
    `SELECT ${COLUMNS} FROM pass_product WHERE active ORDER BY name, id LIMIT ${PRODUCTS_MAX}`,
  );
}

/** Offers a new kind of pass. */
export function createPassProduct(context: SchedulingContext, input: CreatePassProductInput) {
  const name = readText(input.name, { field: 'name', lengthMax: 200 });
  if (name === null) throw refused.badInput('Please give the pass a name.', { field: 'name' });
  const credits = readCount(input.credits, { field: 'credits', min: 1, max: 1000 });
  const validityDays = readCount(input.validityDays, { field: 'validityDays', min: 1, max: 1830 });
  const priceMinor =
    input.priceMinor == null
      ? null
      : readCount(input.priceMinor, { field: 'priceMinor', min: 1, max: PRICE_MAX });
  readCount(input.serviceIds.length, { field: 'serviceIds', min: 1, max: SERVICES_MAX });
  const serviceIds = [...new Set(input.serviceIds.map((id) => readId(id, 'serviceIds')))];
  const { caller } = context;
  return settle<{ __typename: 'PassProductOffered'; product: PassProduct }, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'createPassProduct',
        key: input.idempotencyKey,
        // Without a price it is the request it was before there were prices.
        request: { name, credits, validityDays, serviceIds, ...(priceMinor !== null && { priceMinor }) },
      };
      const { productId } = await onceByKey(tx, asked, async () => {
        const id = randomUUID();
        const now = context.clock();
        const currency = priceMinor === null ? null : await currencyOf(tx);
        await tx.query(
          `INSERT INTO pass_product (id, organization_id, name, credits, validity_days, active, created_at,
             price_minor, currency)
           VALUES ($1, $2, $3, $4, $5, true, $6, $7, $8)`,
          [id, tx.organizationId, name, credits, validityDays, now, priceMinor, currency],
        );
        await cover(tx, id, serviceIds);
        const subject = { type: 'PassProduct', id };
        await recordChange(tx, { actor: actorOf(caller), action: 'pass_product_created', subject, at: now });
        return { productId: id };
      });
      const product = await findProduct(tx, productId);
      if (product === null) throw refused.notFound('pass product');
      return { __typename: 'PassProductOffered', product };
    }),
  );
}

/** Stops selling a kind of pass. */
export function retirePassProduct(context: SchedulingContext, input: RetirePassProductInput) {
  const productId = readId(input.productId, 'productId');
  const { caller } = context;
  return settle<{ __typename: 'PassProductRetired'; productId: string }, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'retirePassProduct',
        key: input.idempotencyKey,
        request: { productId },
      };
      await onceByKey(tx, asked, async () => {
        const [known] = await tx.query('UPDATE pass_product SET active = false WHERE id = $1 RETURNING id', [
          productId,
        ]);
        if (known === undefined) throw refused.notFound('pass product');
        const subject = { type: 'PassProduct', id: productId };
        const at = context.clock();
        await recordChange(tx, { actor: actorOf(caller), action: 'pass_product_retired', subject, at });
        return { productId };
      });
      return { __typename: 'PassProductRetired', productId };
    }),
  );
}

async function cover(tx: Transaction, productId: string, serviceIds: readonly string[]): Promise<void> {
  try {
    await tx.query(
      `INSERT INTO pass_product_service (organization_id, product_id, service_id)
       SELECT $1, $2, unnest($3::uuid[])`,
      [tx.organizationId, productId, serviceIds],
    );
  } catch (error) {
    if (constraintOf(error) === 'covered_service_is_ours') throw refused.notFound('service');
    throw error;
  }
}
