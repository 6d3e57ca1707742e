// A field or list whose audience depends on the row passes the gateway, and only the service can decide it. The hole: a
// service with a resolver that nobody guards. Every service refuses to start with one; here all four are walked without
// being started, each guard is asked with nobody at the door, and each list is made to give somebody else's rows.
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  audiencesOf,
  buildAbility,
  CONDITIONAL,
  everyAudienceSet,
  FIELD_DENIED,
  guardSchema,
  openDecisions,
  PURPOSES,
  readAccessMap,
  unguardedCoordinates,
  unguardedLists,
  type Ability,
  type AccessMap,
  type Relations,
} from '@kept/access-policy';
import { readSdl } from '@kept/subgraph-kit';
import { callerOf } from '@kept/testing';
import { getNamedType, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';

const services = ['identity', 'scheduling', 'payments', 'compliance'] as const;
const root = join(import.meta.dirname, '..');

interface Walked {
  readonly schema: GraphQLSchema;
  readonly access: AccessMap;
}
type Field = GraphQLField<unknown, unknown>;

async function bareSchemaOf(service: string): Promise<Walked> {
  const source = join(root, 'services', service, 'src');
  const { resolvers } = (await import(join(source, 'resolvers.ts'))) as { resolvers: object };
  const typeDefs = readSdl(source);
  const modules = [{ typeDefs, resolvers }] as Parameters<typeof buildSubgraphSchema>[0];
  return { schema: buildSubgraphSchema(modules), access: readAccessMap(typeDefs) };
}

const guard = (walked: Walked) => guardSchema<Ability>({ ...walked, abilityOf: (ability) => ability });

function fieldsOf({ schema, access }: Walked): { coordinate: string; field: Field }[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields())
          .filter(({ name }) => access.types.get(type.name)?.fields.has(name))
          .map((field) => ({ coordinate: `${type.name}.${field.name}`, field }))
      : [],
  );
}

const ask = async (field: Field, parent: unknown, ability: Ability): Promise<unknown> => {
  try {
    return await Promise.resolve(field.resolve?.(parent, {}, ability, undefined as never) ?? 'not guarded');
  } catch (error) {
    return (error as { extensions?: { code?: unknown } }).extensions?.code ?? (error as Error).message;
  }
};

/** Whether a role of the caller may know of every row of the list, whosesoever it is. */
function knowsEveryRow({ access }: Walked, field: Field, caller: Parameters<typeof audiencesOf>[0]): boolean {
  const allow = access.types.get(getNamedType(field.type).name)?.allow ?? [];
  return audiencesOf(caller).some((audience) => allow.includes(audience));
}

describe.each(services)('%s', (service) => {
  it('[gateway A16] [ACC-01] decides every coordinate that depends on the row, with the row in hand', async () => {
    const walked = await bareSchemaOf(service);
    guard(walked);
    expect(unguardedCoordinates(walked.schema, walked.access)).toEqual([]);
    const decisions = openDecisions(walked.access);
    const tables = everyAudienceSet().map((audiences) => decisions.tableFor(audiences, PURPOSES));
    const nobody = buildAbility({ schema: walked.access, caller: callerOf({ kind: 'ANONYMOUS' }) });
    const conditional = fieldsOf(walked).filter(({ coordinate }) => {
      const [type = '', name = ''] = coordinate.split('.');
      const own = walked.access.types.get(type);
      // What everybody may ask depends only on the row that comes out of it (`Viewer.client`), whose fields are guarded.
      const open =
        (own?.root || own?.allow.includes('PUBLIC')) && own.fields.get(name)?.allow.includes('PUBLIC');
      const number = decisions.numberOf(coordinate) ?? -1;
      return !open && tables.some((table) => table[number] === CONDITIONAL);
    });
    expect(conditional.length).toBeGreaterThan(0);
    for (const { coordinate, field } of conditional) {
      expect({ coordinate, answer: await ask(field, {}, nobody) }).toEqual({
        coordinate,
        answer: FIELD_DENIED.code,
      });
    }
  });

  it('[gateway A17] gives no list that holds a row of which its caller may not know, whatever a query returned', async () => {
    const walked = await bareSchemaOf(service);
    const lists = new Set(unguardedLists(walked.schema, walked.access));
    const someLists = fieldsOf(walked).filter(({ coordinate }) => lists.has(coordinate));
    let rows: unknown[] = [];
    for (const { field } of someLists) field.resolve = () => Promise.resolve(rows);
    guard(walked);
    expect(unguardedLists(walked.schema, walked.access)).toEqual([]);
    const isOwner: Relations[string] = {
      SELF: ({ accountId }) => ({ owner: accountId }),
      ASSIGNED_PROVIDER: ({ accountId }) => ({ owner: accountId }),
    };
    const relations = Object.fromEntries([...walked.access.types.keys()].map((type) => [type, isOwner]));
    const people = [callerOf({ kind: 'CLIENT' }), callerOf({ kind: 'STAFF', roles: ['PROVIDER'] })];
    for (const { coordinate, field } of someLists) {
      const answers: unknown[] = [];
      for (const caller of people) {
        const ability = buildAbility({ schema: walked.access, caller, relations });
        const own = { owner: caller.accountId };
        rows = [own];
        // Not everybody may ask for every list; whoever may gets their own rows, and never somebody else's.
        const first = await ask(field, own, ability);
        if (first === FIELD_DENIED.code || knowsEveryRow(walked, field, caller)) continue;
        expect({ coordinate, first, audiences: audiencesOf(caller) }).toMatchObject({ first: [own] });
        rows = [own, { owner: 'somebody else' }];
        answers.push(await ask(field, own, ability));
      }
      expect({ coordinate, answers }).toEqual({
        coordinate,
        answers: answers.map(() => expect.stringContaining('filter the list in SQL') as unknown),
      });
      if (answers.length > 0) continue;
      // A list for neither is for people who may know of every row: whatever stands in it is theirs to see.
      const manager = callerOf({ kind: 'STAFF', roles: ['MANAGER'] });
      const ability = buildAbility({ schema: walked.access, caller: manager, relations });
      rows = [{ owner: 'somebody else' }];
      expect({ coordinate, all: await ask(field, rows[0], ability) }).toEqual({ coordinate, all: rows });
    }
  });
});
