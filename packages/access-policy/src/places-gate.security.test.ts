// Whoever has a role for one place of the business must not decide on, or look into, all of it. The hole: a setting, a book or a
// key that nobody thought of, open to the manager of one branch because a manager may.
import { buildAbility, mayAsk, mayRead } from './ability.ts';
import { audiencesOf } from './audiences.ts';
import { openPlacesGate } from './places-gate.ts';
import { policy, staff } from './test-policy.ts';

const schema = policy(`
  type Query {
    books: Int @access(allow: [BILLING])
    history: Int @access(allow: [MANAGER, COMPLIANCE])
    days: Int @access(allow: [MANAGER, FRONT_DESK])
    own: Int @access(allow: [MANAGER, PROVIDER])
    page: Int @access(allow: [PUBLIC])
  }
  type Mutation {
    closeBusiness: Int @access(allow: [MANAGER])
    refund: Int @access(allow: [BILLING, MANAGER])
  }
  type Room @access(allow: [MANAGER]) { id: ID! }`);
const places = openPlacesGate(schema, ['Query.history', 'Mutation.refund']);
const PLACE = '11111111-1111-4111-8111-111111111111';
const asked = (roles: Parameters<typeof staff>[1][], locations: string[] | null) => {
  const caller = { ...staff('max', ...roles), locations };
  const ability = buildAbility({ schema, caller, places });
  return [...schema.types.values()]
    .filter(({ root }) => root)
    .flatMap((type) =>
      [...type.fields.keys()].flatMap((field) => (mayAsk(ability, type.name, field) ? [field] : [])),
    );
};

it('[identity A44] what is of the whole business is closed to whoever is limited to a place, unless it looks where something is', () => {
  expect(asked(['MANAGER', 'BILLING', 'COMPLIANCE'], null)).toEqual([
    'books',
    'history',
    'days',
    'own',
    'page',
    'closeBusiness',
    'refund',
  ]);
  expect(asked(['MANAGER', 'BILLING', 'COMPLIANCE'], [PLACE])).toEqual([
    'history',
    'days',
    'own',
    'page',
    'refund',
  ]);
  expect(asked(['BILLING'], [PLACE])).toEqual(['page', 'refund']);
  // Nothing is ever opened by a limit.
  expect(asked(['PROVIDER'], [PLACE])).toEqual(asked(['PROVIDER'], null));
});

it('[identity A44] rows are left to their own limits, and a list of exceptions that has grown old is refused', () => {
  const caller = { ...staff('max', 'MANAGER'), locations: [PLACE] };
  expect(audiencesOf(caller)).toContain('MANAGER');
  expect(mayRead(buildAbility({ schema, caller, places }), 'Room', { id: 'r' }, 'id')).toBe(true);
  expect(() => openPlacesGate(schema, ['Query.days'])).toThrow(/Query\.days/);
  expect(() => openPlacesGate(schema, ['Mutation.gone'])).toThrow(/Mutation\.gone/);
});
