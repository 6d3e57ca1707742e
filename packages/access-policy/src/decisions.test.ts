import fc from 'fast-check';
import { buildAbility, mayRead, type Relations } from './ability.ts';
import { AUDIENCES, audiencesOf, everyAudienceSet, type Audience } from './audiences.ts';
import { ALLOW, CONDITIONAL, DENY, openDecisions, WITHHELD } from './decisions.ts';
import { PURPOSES, type Purpose } from './purposes.ts';
import { caller, client, policy, staff } from './test-policy.ts';

const audiences = fc.uniqueArray(fc.constantFrom(...AUDIENCES), { minLength: 1 });
const list = (allow: readonly Audience[]) => `@access(allow: [${allow.join(', ')}])`;
const relations: Relations = {
  Row: {
    SELF: ({ accountId }) => ({ owner: accountId }),
    ASSIGNED_PROVIDER: ({ accountId }) => ({ provider: accountId }),
  },
};
const roles = fc.uniqueArray(fc.constantFrom('PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'));
const someCaller = fc.oneof(
  fc.constant(caller()),
  fc.constant(client('me')),
  fc.tuple(roles, fc.boolean()).map(([held, secondFactor]) => ({ ...staff('me', ...held), secondFactor })),
);
const rows = ['me', 'you'].flatMap((owner) => ['me', 'you'].map((provider) => ({ owner, provider })));

describe('decisions', () => {
  it('agree with what the ability says of rows: ALLOW on every row, DENY on none', () => {
    fc.assert(
      fc.property(audiences, audiences, someCaller, (onType, onField, who) => {
        const schema = policy(
          `type Query { rows: Row @access(allow: [PUBLIC]) } type Row ${list(onType)} { field: Int ${list(onField)} }`,
        );
        const decisions = openDecisions(schema);
        const decision = decisions.tableFor(audiencesOf(who), [])[decisions.numberOf('Row.field') ?? -1];
        const ability = buildAbility({ schema, caller: who, relations });
        const answers = rows.map((row) => mayRead(ability, 'Row', row, 'field'));
        if (decision === ALLOW) expect(answers.every(Boolean)).toBe(true);
        if (decision === DENY) expect(answers.some(Boolean)).toBe(false);
        // A conditional one must be open for somebody's row, or it would have been a DENY that asks for nothing.
        if (decision === CONDITIONAL) expect(answers.some(Boolean)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  const clinic = policy(`
    interface Named { id: ID! email: String }
    union Party = Client | Staff
    type Query { named: Named @access(allow: [PUBLIC]) party: Party @access(allow: [PUBLIC]) vault: Vault @access(allow: [PUBLIC])
                 clients(orderBy: Int @access(allow: [MANAGER])): Client @access(allow: [FRONT_DESK, MANAGER]) }
    type Client implements Named @access(allow: [SELF, FRONT_DESK]) { id: ID! email: String @access(allow: [SELF]) }
    type Staff implements Named @access(allow: [PUBLIC]) { id: ID! email: String @access(allow: [MANAGER]) }
    type Vault @access(allow: [MANAGER]) { content: String }
    input Change @access(allow: [FRONT_DESK, MANAGER]) { role: String @access(allow: [MANAGER]) note: String }`);
  const decide = (coordinate: string, ...held: Audience[]) => {
    const decisions = openDecisions(clinic);
    return decisions.tableFor(['PUBLIC', ...held], [])[decisions.numberOf(coordinate) ?? -1];
  };

  it('[gateway A2] deny an interface field as soon as one implementation is denied', () => {
    expect(decide('Named.id')).toBe(DENY);
    expect(decide('Named.id', 'SIGNED_IN')).toBe(CONDITIONAL);
    expect(decide('Named.id', 'SIGNED_IN', 'FRONT_DESK')).toBe(ALLOW);
    expect(decide('Named.email', 'SIGNED_IN', 'FRONT_DESK')).toBe(DENY);
  });

  it('[gateway A9] deny a field that gives nothing but rows of a denied type', () => {
    expect(decide('Query.vault')).toBe(DENY);
    expect(decide('Query.vault', 'SIGNED_IN', 'MANAGER')).toBe(ALLOW);
    expect(decide('Query.party')).toBe(ALLOW);
  });

  it('[gateway A20] [gateway A21] decide on arguments and input fields of their own', () => {
    expect(decide('Query.clients', 'SIGNED_IN', 'FRONT_DESK')).toBe(ALLOW);
    expect(decide('Query.clients(orderBy:)', 'SIGNED_IN', 'FRONT_DESK')).toBe(DENY);
    expect(decide('Query.clients(orderBy:)', 'SIGNED_IN', 'MANAGER')).toBe(CONDITIONAL);
    expect(decide('Change.role', 'SIGNED_IN', 'FRONT_DESK')).toBe(DENY);
    expect(decide('Change.note', 'SIGNED_IN', 'FRONT_DESK')).toBe(ALLOW);
  });

  it('do not depend on who the caller is, only on their audiences', () => {
    const decisions = openDecisions(clinic);
    for (const set of everyAudienceSet()) {
      expect(decisions.tableFor(set, [])).toBe(decisions.tableFor(set.toReversed(), []));
      expect(Buffer.from(openDecisions(clinic).tableFor(set, []))).toEqual(
        Buffer.from(decisions.tableFor(set, [])),
      );
    }
  });

  const personal = policy(`
    union Both = Card | Person
    type Query { person: Person @access(allow: [PUBLIC]) cards: [Card!] @access(allow: [PUBLIC]) both: Both @access(allow: [PUBLIC])
                 find(email: String @access(allow: [PUBLIC], purposes: [PAYMENT]) name: String): Person @access(allow: [PUBLIC]) }
    type Person @access(allow: [SELF, MANAGER]) { id: ID! email: String @access(allow: [SELF, MANAGER], purposes: [BOOKING_SERVICE, PAYMENT])
                                                  card: Card @access(allow: [MANAGER]) }
    type Card @access(allow: [PUBLIC], purposes: [PAYMENT]) { last4: String brand: String @access(allow: [PUBLIC], purposes: []) }
    input Change @access(allow: [MANAGER], purposes: [PAYMENT]) { card: String }`);
  const asked = (coordinate: string, purposes: readonly Purpose[], ...held: Audience[]) => {
    const decisions = openDecisions(personal);
    return decisions.tableFor(['PUBLIC', ...held], purposes)[decisions.numberOf(coordinate) ?? -1];
  };

  it('[LAW-01] withhold what is personal from an operation without one of its purposes, and nothing else', () => {
    expect(asked('Person.email', [], 'SIGNED_IN', 'MANAGER')).toBe(WITHHELD);
    expect(asked('Person.email', ['MARKETING_NEWS'], 'SIGNED_IN', 'MANAGER')).toBe(WITHHELD);
    expect(asked('Person.email', ['MARKETING_NEWS', 'PAYMENT'], 'SIGNED_IN', 'MANAGER')).toBe(ALLOW);
    expect(asked('Person.email', ['PAYMENT'], 'SIGNED_IN')).toBe(CONDITIONAL);
    expect(asked('Person.id', [], 'SIGNED_IN', 'MANAGER')).toBe(ALLOW);
    expect(asked('Change.card', ['BOOKING_SERVICE'], 'SIGNED_IN', 'MANAGER')).toBe(WITHHELD);
    expect(asked('Change.card', ['PAYMENT'], 'SIGNED_IN', 'MANAGER')).toBe(ALLOW);
    expect(asked('Query.find(email:)', ['BOOKING_SERVICE'], 'SIGNED_IN', 'MANAGER')).toBe(WITHHELD);
    expect(asked('Query.find(name:)', ['BOOKING_SERVICE'], 'SIGNED_IN', 'MANAGER')).toBe(ALLOW);
  });

  it('[LAW-01] a purpose gives nobody what their role does not', () => {
    expect(asked('Person.email', PURPOSES)).toBe(DENY);
    expect(asked('Change.card', PURPOSES, 'SIGNED_IN')).toBe(DENY);
    // And whoever may not see it at all hears that, whatever they ask it for.
    expect(asked('Person.email', [])).toBe(DENY);
  });

  it('[LAW-01] withhold the field that gives a type kept for something else, and its fields by inheritance', () => {
    for (const coordinate of ['Query.cards', 'Card.last4', 'Card.brand', 'Card.__typename']) {
      expect([coordinate, asked(coordinate, ['BOOKING_SERVICE'])]).toEqual([coordinate, WITHHELD]);
      expect([coordinate, asked(coordinate, ['PAYMENT'])]).toEqual([coordinate, ALLOW]);
    }
    expect(asked('Person.card', ['BOOKING_SERVICE'], 'SIGNED_IN', 'MANAGER')).toBe(WITHHELD);
    expect(asked('Query.both', ['BOOKING_SERVICE'], 'SIGNED_IN', 'MANAGER')).toBe(ALLOW);
  });

  it('never open more with fewer purposes', () => {
    const decisions = openDecisions(personal);
    fc.assert(
      fc.property(fc.subarray([...PURPOSES]), fc.subarray([...PURPOSES]), (some, others) => {
        for (const audiences of everyAudienceSet()) {
          const few = decisions.tableFor(audiences, some);
          const more = decisions.tableFor(audiences, [...some, ...others]);
          expect(few.every((decision, at) => decision <= (more[at] ?? 0))).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('know no coordinate that the schema does not have', () => {
    expect(openDecisions(clinic).numberOf('Client.password')).toBeUndefined();
  });
});
