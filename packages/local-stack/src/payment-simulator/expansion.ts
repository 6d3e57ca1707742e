import { invalidParameter } from './api-error.ts';
import { shown } from './payment-methods.ts';
import type { Tables } from './simulator-state.ts';

type Expander = (tables: Tables, id: string) => object | undefined;

/** Which member of an object names another object, and where that one is found. */
const EXPANDABLE: Readonly<Record<string, Expander>> = {
  latest_charge: (tables, id) => tables.charges[id],
  charge: (tables, id) => tables.charges[id],
  balance_transaction: (tables, id) => tables.balanceTransactions[id],
  payment_intent: (tables, id) => tables.paymentIntents[id],
  setup_intent: (tables, id) => tables.setupIntents[id],
  payment_method: (tables, id) => {
    const method = tables.paymentMethods[id];
    return method === undefined ? undefined : shown(method);
  },
  customer: (tables, id) => tables.customers[id],
  source: (tables, id) =>
    tables.charges[id] ?? tables.refunds[id] ?? tables.disputes[id] ?? tables.payouts[id],
};

/**
 * `expand[]=latest_charge.balance_transaction` puts the objects in place of their ids; lists take `data.` before. The
 * object itself is left as it is.
 */
export function expanded<Value extends object>(tables: Tables, object: Value, paths: string[]): Value {
  return paths.reduce((value, path) => expandPath(tables, value, path.split('.')), object);
}

function expandPath<Value extends object>(
  tables: Tables,
  object: Value,
  [name = '', ...rest]: string[],
): Value {
  const record = object as Record<string, unknown>;
  if (name === 'data' && Array.isArray(record['data'])) {
    const data = record['data'].map((item: object) => expandPath(tables, item, rest));
    return { ...object, data };
  }
  const find = EXPANDABLE[name];
  if (find === undefined || !(name in record)) {
    throw invalidParameter(`This property cannot be expanded (${name}).`, 'expand', 'parameter_invalid');
  }
  const value = record[name];
  const found = typeof value === 'string' ? find(tables, value) : (value as object | null);
  if (found === undefined || found === null) return object;
  return { ...object, [name]: rest.length === 0 ? found : expandPath(tables, found, rest) };
}
