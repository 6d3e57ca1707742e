import { buildAbility, may, mayAsk, mayRead, type DefineVerbs, type Relations } from './ability.ts';
import { audiencesOf } from './audiences.ts';
import { caller, client, policy, staff } from './test-policy.ts';

const schema = policy(`
  type Query { booking: Booking @access(allow: [CLIENT, MANAGER]) }
  type Booking @access(allow: [SELF, ASSIGNED_PROVIDER, FRONT_DESK]) {
    id: ID!
    notes: String @access(allow: [SELF, ASSIGNED_PROVIDER])
    wide: String @access(allow: [PUBLIC])
  }`);
const relations: Relations = {
  Booking: {
    SELF: ({ accountId }) => ({ clientId: accountId }),
    ASSIGNED_PROVIDER: ({ accountId }) => ({ providerId: accountId }),
  },
};
const verbs: DefineVerbs = ({ accountId }, can) => {
  can('cancel', 'Booking', { clientId: accountId });
  can(['list', 'export'], 'Booking');
};
const row = { id: 'b', clientId: 'anna', providerId: 'dora' };
const abilityOf = (who: Parameters<typeof caller>[0]) =>
  buildAbility({ schema, caller: caller(who), relations, verbs });

describe('an ability', () => {
  it.each([
    ['its client', client('anna'), true, true],
    ['another client', client('bert'), false, false],
    ['its provider', staff('dora', 'PROVIDER'), true, true],
    ['another provider', staff('erik', 'PROVIDER'), false, false],
    ['the front desk', staff('fay', 'FRONT_DESK'), true, false],
    ['a manager', staff('max', 'MANAGER'), false, false],
    ['nobody', caller(), false, false],
  ])('lets %s reach a booking and read its notes as the schema says', (...[, who, reach, notes]) => {
    expect(mayRead(abilityOf(who), 'Booking', row)).toBe(reach);
    expect(mayRead(abilityOf(who), 'Booking', row, 'notes')).toBe(notes);
  });

  it('answers verbs with the row, and without one only for sentences that need none', () => {
    const ability = abilityOf(client('anna'));
    expect(may(ability, 'cancel', 'Booking', row)).toBe(true);
    expect(may(ability, 'cancel', 'Booking', { ...row, clientId: 'bert' })).toBe(false);
    expect(may(ability, 'cancel', 'Booking')).toBe(false);
    expect(may(ability, 'export', 'Booking')).toBe(true);
    expect(may(ability, 'delete', 'Booking', row)).toBe(false);
  });

  it('answers root fields by role', () => {
    expect(mayAsk(abilityOf(client('anna')), 'Query', 'booking')).toBe(true);
    expect(mayAsk(abilityOf(staff('dora', 'PROVIDER')), 'Query', 'booking')).toBe(false);
    expect(mayAsk(abilityOf(client('anna')), 'Query', 'somethingElse')).toBe(false);
  });

  it('counts the roles of staff only in a session with a second factor', () => {
    expect(audiencesOf({ ...staff('max', 'MANAGER'), secondFactor: false })).toEqual(['PUBLIC', 'SIGNED_IN']);
    // A code by mail or text is no second factor of staff (AUT-02).
    expect(audiencesOf({ ...staff('max', 'MANAGER'), assurance: 'RESTRICTED' })).toEqual([
      'PUBLIC',
      'SIGNED_IN',
    ]);
    expect(audiencesOf(staff('max', 'MANAGER'))).toContain('MANAGER');
    expect(audiencesOf({ ...client('anna'), roles: ['CLIENT', 'MANAGER'] })).not.toContain('MANAGER');
    // A program has a key and no second factor: its roles count without one, those that are for people alone never do.
    const program = { kind: 'SERVICE', accountId: 'x', secondFactor: false, emergencyUntil: 9e9 } as const;
    expect(audiencesOf(caller({ ...program, roles: ['MANAGER', 'COMPLIANCE'] }), new Date(0))).toEqual([
      'PUBLIC',
      'SIGNED_IN',
    ]);
    expect(audiencesOf(caller({ ...program, roles: ['BILLING'] }), new Date(0))).toEqual([
      'PUBLIC',
      'SIGNED_IN',
      'BILLING',
    ]);
    expect(audiencesOf(caller({ ...program, accountId: null, roles: ['BILLING'] }))).toEqual(['PUBLIC']);
  });
});

// CASL alone would let these through (measured): a condition on a column that was not loaded,
// `undefined` as a value, a null account that equals a null column, and rules that grant fields of the future.
describe('attacks on an ability', () => {
  it('[gateway A18] refuses to decide about a row that was loaded without the column in question', () => {
    expect(() => mayRead(abilityOf(client('anna')), 'Booking', { id: 'b' })).toThrow(/without clientId/);
    const except = buildAbility({
      schema,
      caller: client('anna'),
      verbs: (_, can) => can('see', 'Booking', { clientId: { $ne: 'anna' } }),
    });
    expect(() => may(except, 'see', 'Booking', { id: 'b' })).toThrow(/without clientId/);
  });

  it('[gateway A18] refuses undefined and empty conditions', () => {
    const say = (conditions: Record<string, unknown>) => () =>
      buildAbility({ schema, caller: client('anna'), verbs: (_, can) => can('see', 'Booking', conditions) });
    expect(say({ clientId: undefined })).toThrow(/undefined/);
    expect(say({ clientId: { $in: [undefined] } })).toThrow(/undefined/);
    expect(say({ $or: [{ clientId: undefined }] })).toThrow(/undefined/);
    expect(say({ $not: { clientId: { $ne: undefined } } })).toThrow(/undefined/);
    for (const empty of [{}, { $or: [{}] }, { $not: {} }]) expect(say(empty)).toThrow(/every row/);
    expect(say({ clientId: {} })).toThrow(/nothing/);
  });

  it('[gateway A17] refuses every operator that could mean something else in SQL', () => {
    const say = (conditions: Record<string, unknown>) => () =>
      buildAbility({ schema, caller: client('anna'), verbs: (_, can) => can('see', 'Booking', conditions) });
    for (const [operator, value] of [
      ['$regex', '.'],
      ['$all', ['a']],
      ['$size', 1],
      ['$elemMatch', { a: 1 }],
      ['$not', { $regex: '.' }],
      ['$lt', 'text'],
      ['$gte', null],
      ['$lte', Number.NaN],
      ['$gt', new Date(Number.NaN)],
      ['$exists', 1],
      ['$in', 'anna'],
      ['$nin', [['anna']]],
      ['$eq', { clientId: 1 }],
    ] as const) {
      expect({ operator, refused: refusalOf(say({ clientId: { [operator]: value } })) }).toEqual({
        operator,
        refused: expect.stringContaining(operator === '$not' ? '$regex' : operator) as unknown,
      });
    }
    for (const place of ['$nor', '$or', '$and', '$where', '$expr'])
      expect(say({ [place]: 'anna' })).toThrow(place);
    expect(say({ $or: [] })).toThrow(/\$or/);
  });

  it('[gateway A17] refuses to compare a column that was loaded as another kind of value', () => {
    const counted = buildAbility({
      schema,
      caller: client('anna'),
      verbs: (_, can) => can('see', 'Booking', { visits: { $lt: 9 } }),
    });
    // A bigint of PostgreSQL comes as text: '10' < 9 would be answered, wrongly.
    expect(() => may(counted, 'see', 'Booking', { visits: '10' })).toThrow(/visits/);
    expect(may(counted, 'see', 'Booking', { visits: 8 })).toBe(true);
    expect(may(counted, 'see', 'Booking', { visits: null })).toBe(false);
  });

  it('does not take nobody for the owner of a row without one', () => {
    expect(may(abilityOf({}), 'cancel', 'Booking', { ...row, clientId: null })).toBe(false);
    const nested = buildAbility({
      schema,
      caller: caller(),
      verbs: ({ accountId }, can) => can('see', 'Booking', { $or: [{ clientId: { $in: [accountId] } }] }),
    });
    expect(may(nested, 'see', 'Booking', { ...row, clientId: null })).toBe(false);
  });

  it('refuses sentences that would grant reading or everything', () => {
    const say = (verb: string, type: string) => () =>
      buildAbility({ schema, caller: client('anna'), verbs: (_, can) => can(verb, type) });
    expect(say('manage', 'Booking')).toThrow(/manage/);
    expect(say('read', 'Booking')).toThrow(/@access/);
    expect(say('cancel', 'all')).toThrow(/all/);
  });

  it('[gateway A16] decides about the row and not about its type', () => {
    const ability = abilityOf(client('bert'));
    expect(ability.can('reach', 'Booking')).toBe(true); // CASL's answer for the type: "some instance"
    expect(mayRead(ability, 'Booking', row)).toBe(false);
  });

  it('needs both: reaching the row and reading the field', () => {
    expect(mayRead(abilityOf(client('bert')), 'Booking', row, 'wide')).toBe(false);
    expect(mayRead(abilityOf(client('anna')), 'Booking', row, 'wide')).toBe(true);
  });

  it('decides about frozen rows and rows that carry another tag', () => {
    const tagged = Object.freeze({ ...row, __caslSubjectType__: 'Other' });
    expect(mayRead(abilityOf(client('anna')), 'Booking', tagged, 'notes')).toBe(true);
  });
});

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  return 'nothing';
}
