// docs/access-matrix.md against a running stack: every role, every field, every operation. What the page says is what
// somebody with that role really gets.
import { isInputObjectType, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { addCard, authorize, freeTimes, holdSlot, statusOf } from './book.ts';
import { ask, type GraphAnswer } from './graph.ts';
import {
  operationAt,
  pathTo,
  readMatrix,
  readSchema,
  type KnownIds,
  type MatrixLine,
} from './matrix-document.ts';
import { Person } from './person.ts';
import { CONSULTATION, openStack, PROVIDER, RIVERSIDE, settles, type Stack } from './stack.ts';

// Column → demo account. Nobody can be "staff without second factor": identity gives such a person no token ([AUT-01]).
const PEOPLE: Readonly<Record<string, string | null>> = {
  anonymous: null,
  client: 'client',
  provider: 'provider',
  'front desk': 'front-desk',
  billing: 'billing',
  manager: 'manager',
  compliance: 'compliance',
};
const DENIED = 'UNAUTHORIZED_FIELD_OR_TYPE';

const matrix = readMatrix();
const schema: GraphQLSchema = readSchema();
let stack: Stack;
let ids: KnownIds;
const people = new Map<string, Person | null>();

beforeAll(async () => {
  stack = await openStack();
  for (const [column, key] of Object.entries(PEOPLE)) {
    people.set(column, key ? await new Person(stack, stack.account(key)).signIn() : null);
  }
  const client = people.get('client');
  if (!client) throw new Error('The client could not sign in.');
  const [startsAt] = await freeTimes(stack, 3, 20);
  const hold = await holdSlot(client, startsAt ?? '');
  await authorize(client, { hold, paymentMethodId: await addCard(stack, client) });
  await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED'));
  const { booking } = await client.tell<{ booking: { payments: { id: string }[]; client: { id: string } } }>(
    `query ($id: ID!) { booking(id: $id) { payments { id } client { id } } }`,
    { id: hold.bookingId },
  );
  ids = {
    booking: hold.bookingId,
    bookingId: hold.bookingId,
    client: booking.client.id,
    payment: booking.payments[0]?.id ?? '',
    serviceId: CONSULTATION,
    providerId: PROVIDER,
  };
}, 240_000);
afterAll(async () => stack?.stop(), 60_000);

type Path = readonly GraphQLField<unknown, unknown>[];
interface Sending {
  readonly kind: 'query' | 'mutation';
  readonly path: Path;
  readonly include?: string;
}

function send(
  column: string,
  { kind, path, include }: Sending,
): Promise<GraphAnswer<Record<string, unknown>>> {
  const { query, variables } = operationAt(kind, path, { ids, include });
  const person = people.get(column);
  return person
    ? person.ask(query, { variables })
    : ask(stack.graphUrl, query, { organizationId: RIVERSIDE, variables });
}

/** Whether the answer refuses this very path (list positions apart). */
const refuses = (answer: GraphAnswer<unknown>, path: Path) =>
  answer.errors.some(
    (error) =>
      error.extensions.code === DENIED &&
      (error.path ?? []).filter((step) => typeof step === 'string').join('.') ===
        path.map(({ name }) => name).join('.'),
  );
const endsSessions = (mutation: string) => mutation.startsWith('signOut');
const linesOf = (verb: MatrixLine['verb']) => matrix.filter((line) => line.verb === verb);
const rootField = (kind: 'Query' | 'Mutation', name: string) => {
  const field = (kind === 'Query' ? schema.getQueryType() : schema.getMutationType())?.getFields()[name];
  if (!field) throw new Error(`The matrix names ${kind}.${name}, which the schema does not have.`);
  return field;
};

it('[ACC-01] the matrix covers every field and operation of the graph', () => {
  const listed = new Set(matrix.map(({ type, field }) => `${type}.${field}`));
  const missing = Object.values(schema.getTypeMap())
    .filter(
      (type) => (isObjectType(type) || isInputObjectType(type)) && !/^(__|join__|link__)/.test(type.name),
    )
    .flatMap((type) =>
      Object.keys((type as { getFields(): object }).getFields()).map((field) => `${type.name}.${field}`),
    )
    .filter((coordinate) => !listed.has(coordinate) && !/\._(entities|service)$/.test(coordinate));
  expect(missing).toEqual([]);
});

describe.each(Object.keys(PEOPLE))('[ACC-01] [ACC-02] as %s', (column) => {
  const expected = (line: MatrixLine) => line.answers[column];
  const mayPass = (type: string, field: string) =>
    matrix.some(
      (line) =>
        line.type === type && line.field === field && line.argument === undefined && expected(line) !== '–',
    );

  it('asks what it may ask, and nothing else', async () => {
    const wrong: string[] = [];
    for (const line of linesOf('ask')) {
      const path = [rootField('Query', line.field)];
      const denied = refuses(await send(column, { kind: 'query', path }), path);
      if (denied !== (expected(line) === '–'))
        wrong.push(`Query.${line.field}: ${denied ? 'refused' : 'answered'}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('reads what it may read, and gets null with the path for the rest', async () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const line of linesOf('read')) {
      const type = schema.getType(line.type);
      const way = isObjectType(type) && pathTo(schema, line.type, mayPass);
      const field = isObjectType(type) ? type.getFields()[line.field] : undefined;
      // Payloads of mutations are reached by mutations alone, which are refused or not as a whole.
      if (!way || !field) continue;
      const path = [...way, field];
      const denied = refuses(await send(column, { kind: 'query', path }), path);
      // A field that depends on the row may be refused or not; the services' own tests say when.
      if (expected(line) === 'row') continue;
      seen += 1;
      if (denied !== (expected(line) === '–'))
        wrong.push(`${line.type}.${line.field}: ${denied ? 'refused' : 'answered'}`);
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(10);
  }, 240_000);

  it('does what it may do; the rest is refused whole, before anything happens', async () => {
    const wrong: string[] = [];
    // Signing out comes last: it ends the session that all others need; of the two, the second finds it over.
    const lines = linesOf('do').toSorted(
      (one, other) => Number(endsSessions(one.field)) - Number(endsSessions(other.field)),
    );
    for (const line of lines) {
      const path = [rootField('Mutation', line.field)];
      const answer = await send(column, { kind: 'mutation', path });
      const denied = refuses(answer, path);
      if (denied !== (expected(line) === '–')) {
        wrong.push(
          `Mutation.${line.field}: ${denied ? 'refused' : `answered ${JSON.stringify(answer.errors)}`}`,
        );
      }
      if (denied) expect(answer.data).toBeNull();
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe.each(Object.keys(PEOPLE))('[ACC-01] as %s', (column) => {
  // The tests above have signed out, which a token does not survive.
  beforeAll(async () => void (await people.get(column)?.signIn()));

  it('sends an input only where it may', async () => {
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
    const wrong: string[] = [];
    for (const line of linesOf('send').filter(({ argument }) => argument === undefined)) {
      const mutation = mutations.find((field) =>
        field.args.some((arg) => String(arg.type).startsWith(line.type)),
      );
      const allowed = matrix.find((other) => other.verb === 'do' && other.field === mutation?.name)?.answers[
        column
      ];
      // Whoever may not do it at all is refused there.
      if (!mutation || allowed !== 'yes' || endsSessions(mutation.name)) continue;
      const answer = await send(column, { kind: 'mutation', path: [mutation], include: line.field });
      const denied = answer.errors.some(({ extensions }) => extensions.code === DENIED);
      if (denied !== (line.answers[column] === '–'))
        wrong.push(`${line.type}.${line.field}: ${denied ? 'refused' : 'taken'}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});
