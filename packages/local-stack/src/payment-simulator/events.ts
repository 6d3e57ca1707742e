import { missingResource } from './api-error.ts';
import { optionalInteger, optionalText, readParameters } from './parameters.ts';
import type { Call, Route } from './routes.ts';
import { listOf } from './routes.ts';
import type { Event } from './wire-objects.ts';

function retrieve(call: Call): Event {
  const id = call.ids[0] ?? '';
  const event = call.simulator.state.tables.events.find((candidate) => candidate.id === id);
  if (event === undefined) throw missingResource('event', id);
  return event;
}

function list(call: Call): object {
  const given = readParameters(call.parameters, { type: optionalText, limit: optionalInteger });
  const { events } = call.simulator.state.tables;
  const found = given.type === undefined ? events : events.filter((event) => event.type === given.type);
  return listOf('/v1/events', found, given.limit);
}

export const eventRoutes: Route[] = [
  { method: 'GET', path: '/v1/events', answer: list },
  { method: 'GET', path: '/v1/events/:id', answer: retrieve },
];
