import { missingResource } from './api-error.ts';
import { metadata, optionalText, readParameters } from './parameters.ts';
import type { Call, Route } from './routes.ts';
import { newId } from './simulator-state.ts';
import type { Customer } from './wire-objects.ts';

export function customerOf(call: Call, id: string, parameter = 'customer'): Customer {
  const customer = call.simulator.state.tables.customers[id];
  if (customer === undefined) throw missingResource('customer', id, parameter);
  return customer;
}

function createCustomer(call: Call): Customer {
  const { state } = call.simulator;
  // Name, e-mail and phone are deliberately not accepted: Kept sends the provider none.
  const given = readParameters(call.parameters, { description: optionalText, metadata });
  const customer: Customer = {
    id: newId('cus'),
    object: 'customer',
    created: state.now(),
    livemode: false,
    metadata: given.metadata,
    description: given.description ?? null,
    email: null,
  };
  state.tables.customers[customer.id] = customer;
  call.simulator.announce(call, 'customer.created', customer);
  return customer;
}

export const customerRoutes: Route[] = [
  { method: 'POST', path: '/v1/customers', answer: createCustomer },
  {
    method: 'GET',
    path: '/v1/customers/:id',
    answer: (call) => customerOf(call, call.ids[0] ?? '', 'id'),
  },
];
