import fc from 'fast-check';
import { buildAbility, mayRead, type Relations } from './ability.ts';
import { AUDIENCES, audiencesOf, everyAudienceSet, type Audience } from './audiences.ts';
import { ALLOW, CONDITIONAL, DENY, openDecisions } from './decisions.ts';
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

  it('know no coordinate that the schema does not have', () => {
    expect(openDecisions(clinic).numberOf('Client.password')).toBeUndefined();
  });
});
