import { missingResource } from './api-error.ts';
import { listOf, listParameters } from './lists.ts';
import { optionalText, readParameters, words } from './parameters.ts';
import type { Call, Route } from './routes.ts';
import type { Event } from './wire-objects.ts';

function retrieve(call: Call): Event {
  const id = call.ids[0] ?? '';
  const event = call.simulator.state.tables.events.find((candidate) => candidate.id === id);
  if (event === undefined) throw missingResource('event', id);
  return event;
}

function list(call: Call): object {
  const given = readParameters(call.parameters, { ...listParameters, type: optionalText, types: words });
  const { events } = call.simulator.state.tables;
  const asked = given.type === undefined ? given.types : [given.type];
  const found = asked.length === 0 ? events : events.filter(({ type }) => asked.includes(type));
  return listOf('/v1/events', found, given);
}

export const eventRoutes: Route[] = [
  { method: 'GET', path: '/v1/events', answer: list },
  { method: 'GET', path: '/v1/events/:id', answer: retrieve },
];
