// docs/access-matrix.md against a running stack: every role, every field, every operation, both sides of what depends on the
// row, results of mutations too, and from the web as from a phone. What the page says is what
// somebody with that role really gets.
import { isInputObjectType, isObjectType, type GraphQLSchema } from 'graphql';
import { ask, type GraphAnswer } from './graph.ts';
import {
  DENIED,
  isSeen,
  mayReadRow,
  outcome,
  refuses,
  schemaTypeOf,
  TYPES_WITH_ROWS,
  type Path,
  type Side,
} from './matrix-cells.ts';
import { APPS, openCrowd, type App, type Crowd } from './matrix-people.ts';
import {
  operationAt,
  queryBelow,
  pathTo,
  payloadOperation,
  readMatrix,
  readSchema,
  type MatrixLine,
  ENDS_SESSIONS,
} from './matrix-document.ts';
import { readsTogether, resultsTogether } from './matrix-groups.ts';
import { RIVERSIDE } from './stack.ts';

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
const matrix = readMatrix();
const schema: GraphQLSchema = readSchema();
let crowd: Crowd;
beforeAll(async () => {
  crowd = await openCrowd(PEOPLE);
}, 480_000);
afterAll(async () => crowd?.stop());

interface Sending {
  readonly kind: 'query' | 'mutation';
  readonly path: Path;
  readonly include?: readonly string[];
  readonly argument?: string | undefined;
  readonly side?: Side;
  readonly app?: App;
}

function tellAs(
  column: string,
  app: App,
  operation: { query: string; variables: Record<string, unknown> },
): Promise<GraphAnswer<Record<string, unknown>>> {
  const { query, variables } = operation;
  const person = crowd.personOf(column);
  if (person) return person.ask(query, { variables, headers: { ...APPS[app] } });
  return ask(crowd.stack.graphUrl, query, {
    organizationId: RIVERSIDE,
    variables,
    headers: { ...APPS[app] },
  });
}

const send = (column: string, sending: Sending): Promise<GraphAnswer<Record<string, unknown>>> => {
  const { kind, path, include, argument, side = 'own', app = 'web' } = sending;
  return tellAs(column, app, operationAt(kind, path, { ids: crowd.ids[side], include, argument }));
};

const endsSessions = (mutation: string) => ENDS_SESSIONS.test(mutation);

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
  beforeEach(() => crowd.signIn(column));

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
  });

  it('[MOB-04] reads what it may read, and gets null with the path for the rest, at a desk as on the way', async () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const { way, lines } of readsTogether({ schema, reads: linesOf('read') }, mayPass)) {
      const operation = queryBelow(
        way,
        lines.map(({ field }) => field),
        crowd.ids.own,
      );
      const [atDesk, onTheWay] = await Promise.all([
        tellAs(column, 'web', operation),
        tellAs(column, 'mobile', operation),
      ]);
      const names = lines.map(({ line }) => `${line.type}.${line.field}`).join(', ');
      if (atDesk.errors.some(({ extensions }) => /LIMIT|GRAPHQL/.test(extensions.code)))
        wrong.push(`${names}: not understood: ${JSON.stringify(atDesk.errors[0])}`);
      if (outcome(atDesk) !== outcome(onTheWay)) wrong.push(`${names}: another answer to the phone`);
      for (const { line, field } of lines.filter(({ line: { answers } }) => answers[column] !== 'row')) {
        seen += 1;
        const denied = refuses(atDesk, [...way, field]);
        if (denied !== (expected(line) === '–'))
          wrong.push(`${line.type}.${line.field}: ${denied ? 'refused' : 'answered'}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(10);
  }, 480_000);

  it('reads what depends on the row of its own rows, and not of others', async () => {
    const wrong: string[] = [];
    const seen = { own: 0, foreign: 0 };
    for (const line of linesOf('read').filter(({ type }) => TYPES_WITH_ROWS.has(type))) {
      const type = schema.getType(line.type);
      const way = pathTo(schema, line.type, mayPass);
      const field = isObjectType(type) ? type.getFields()[line.field] : undefined;
      if (!way || !field || expected(line) !== 'row') continue;
      const path = [...way, field];
      // A provider is booked for both, and lists of one's own have no foreign side: they are other people's lists.
      for (const side of ['own', 'foreign'] as const) {
        if (side === 'foreign' && way[0] && way[0].args.length === 0) continue;
        const answer = await send(column, { kind: 'query', path, side });
        const errors = answer.errors.map(({ path: at = [], extensions }) => ({
          path: at,
          code: extensions.code,
        }));
        const may =
          way.every((step, at): boolean => {
            const owner: string | undefined = at === 0 ? undefined : schemaTypeOf(way[at - 1]);
            return !owner || mayReadRow(schema, { column, type: owner, field: step.name, side });
          }) && mayReadRow(schema, { column, type: line.type, field: line.field, side });
        seen[side] += 1;
        if (isSeen({ data: answer.data, errors }, path) !== may)
          wrong.push(`${line.type}.${line.field} of ${side} rows: ${may ? 'not seen' : 'seen'}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(column !== 'client' || (seen.own > 30 && seen.foreign > 25)).toBe(true);
  }, 240_000);

  it('gets of results of mutations what it may read; a mutation that holds more is refused whole', async () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const { way, lines, should } of resultsTogether(
      { schema, reads: linesOf('read') },
      column,
      mayPass,
    )) {
      seen += lines.length;
      const fields = lines.map(({ field }) => field);
      const answer = await tellAs(column, 'web', payloadOperation(way, fields, crowd.ids.own));
      const denied =
        answer.data === null && answer.errors.some(({ extensions }) => extensions.code === DENIED);
      // A row that is not theirs can be refused in the answer, which is not the same as refusing the mutation.
      const names = lines.map(({ line }) => `${line.type}.${line.field}`).join(', ');
      if (denied !== should) wrong.push(`${names}: ${denied ? 'refused' : 'answered'}`);
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(20);
  }, 240_000);

  it('does what it may do; the rest is refused whole, before anything happens', async () => {
    const wrong: string[] = [];
    // What ends the session comes last: all others need it; of several, each finds it over.
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
      if (endsSessions(line.field)) await crowd.signInAgain(column);
    }
    expect(wrong).toEqual([]);
  }, 240_000);

  it('sends an input only where it may', async () => {
    const wrong: string[] = [];
    const isMine = (line: MatrixLine) => expected(line) === 'yes' && !endsSessions(line.field);
    for (const { field: name } of linesOf('do').filter(isMine)) {
      const mutation = rootField('Mutation', name);
      const inputs = new Set(mutation.args.map(({ type }) => String(type).replaceAll(/[[\]!]/g, '')));
      const lines = linesOf('send').filter(({ type, argument }) => !argument && inputs.has(type));
      // What may be sent is sent at once, for one refusal would be seen; what may not, each by itself, for one would hide others.
      const denials = lines.filter((line) => expected(line) === '–');
      const allowed = lines.filter((line) => !denials.includes(line));
      for (const some of [allowed, ...denials.map((line) => [line])].filter(({ length }) => length > 0)) {
        const include = some.map(({ field }) => field);
        const answer = await send(column, { kind: 'mutation', path: [mutation], include });
        const denied = answer.errors.some(({ extensions }) => extensions.code === DENIED);
        if (denied !== (some !== allowed))
          wrong.push(
            `${some.map(({ type, field }) => `${type}.${field}`).join()}: ${denied ? 'refused' : 'taken'}`,
          );
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('[ACC-02] beside roles', () => {
  it('[LAW-36] somebody in an emergency reads what their role or the emergency opens, and nothing else', async () => {
    await crowd.signIn('compliance');
    const person = crowd.personOf('compliance');
    if (!person) throw new Error('Nobody has signed in.');
    const mutation = `mutation ($input: StartEmergencyAccessInput!) {
      startEmergencyAccess(input: $input) { ... on EmergencyAccessStarted { accessToken } }
    }`;
    const input = { reason: 'A client has collapsed in the waiting room.', minutes: 20 };
    type Started = { startEmergencyAccess: { accessToken: string } };
    person.token = (await person.tell<Started>(mutation, { input })).startEmergencyAccess.accessToken;
    const columns = ['compliance', 'in an emergency'];
    const best = ({ answers }: MatrixLine) =>
      (['yes', 'row', '–'] as const).find((answer) => columns.some((column) => answers[column] === answer));
    const mayPass = (type: string, field: string) =>
      matrix.some((line) => line.type === type && line.field === field && best(line) !== '–');
    const wrong: string[] = [];
    let opened = 0;
    const judge = (answer: GraphAnswer<unknown>, line: MatrixLine, path: Path): void => {
      if (best(line) === 'row') return;
      const denied = refuses(answer, path);
      if (best(line) === 'yes' && line.answers['compliance'] !== 'yes') opened += 1;
      if (denied !== (best(line) === '–'))
        wrong.push(`${line.type}.${line.field}: ${denied ? 'refused' : 'answered'}`);
    };
    for (const line of linesOf('ask')) {
      const path = [rootField('Query', line.field)];
      judge(await send('compliance', { kind: 'query', path }), line, path);
    }
    for (const { way, lines } of readsTogether({ schema, reads: linesOf('read') }, mayPass)) {
      const fields = lines.map(({ field }) => field);
      const answer = await tellAs('compliance', 'web', queryBelow(way, fields, crowd.ids.own));
      for (const { line, field } of lines) judge(answer, line, [...way, field]);
    }
    expect(wrong).toEqual([]);
    expect(opened).toBeGreaterThan(10);
  }, 240_000);

  it('[LAW-01] a personal field asked for another purpose is null, whoever asks; what is not personal is answered', async () => {
    await crowd.signIn('client');
    const answer = await crowd
      .personOf('client')
      ?.ask<{ viewer: { client: { email: unknown } } }>(
        '{ viewer { id client { id email } } services { name } }',
        { headers: { 'kept-purpose': 'MARKETING_NEWS' } },
      );
    expect(answer?.data).toMatchObject({
      viewer: { client: { email: null } },
      services: expect.anything() as unknown,
    });
    expect(answer?.errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [['viewer', 'client', 'email'], 'PURPOSE_VIOLATION'],
    ]);
  });
});
