import {
  ALLOW,
  CONDITIONAL,
  openDecisions,
  PURPOSES,
  WITHHELD,
  readAccessMap,
  type AccessMap,
  type Audience,
  type Decisions,
  type Purpose,
} from '@kept/access-policy';
import { parse } from 'graphql';

/** The callers that are told apart, and the audiences each has. A staff member with two roles may do what either may. */
export const MATRIX_CALLERS = {
  anonymous: ['PUBLIC'],
  client: ['PUBLIC', 'SIGNED_IN', 'CLIENT'],
  'staff without second factor': ['PUBLIC', 'SIGNED_IN'],
  provider: ['PUBLIC', 'SIGNED_IN', 'PROVIDER'],
  'front desk': ['PUBLIC', 'SIGNED_IN', 'FRONT_DESK'],
  billing: ['PUBLIC', 'SIGNED_IN', 'BILLING'],
  manager: ['PUBLIC', 'SIGNED_IN', 'MANAGER'],
  compliance: ['PUBLIC', 'SIGNED_IN', 'COMPLIANCE'],
  'in an emergency': ['PUBLIC', 'SIGNED_IN', 'EMERGENCY'],
} as const satisfies Readonly<Record<string, readonly Audience[]>>;
export type MatrixCaller = keyof typeof MATRIX_CALLERS;

export type MatrixVerb = 'read' | 'ask' | 'do' | 'send';
export type MatrixAnswer = 'allow' | 'deny' | 'row';

/** One line of the matrix. `row`: it depends on the row, and the subgraph decides. */
export interface MatrixRow {
  readonly coordinate: string;
  readonly verb: MatrixVerb;
  readonly answers: Readonly<Record<MatrixCaller, MatrixAnswer>>;
  /** What it is kept for; for anything else nobody gets it. Empty: not personal. */
  readonly purposes: readonly Purpose[];
}

const callers = Object.keys(MATRIX_CALLERS) as MatrixCaller[];

/** Who may read, ask, do and send what, from the same tables by which the gateway decides. */
export function accessMatrixRows(supergraphSdl: string): MatrixRow[] {
  const access = readAccessMap(parse(supergraphSdl));
  const decisions = openDecisions(access);
  return decisions.coordinates
    .filter((coordinate) => isWorthALine(coordinate, decisions, access))
    .map((coordinate) => ({
      coordinate,
      verb: verbOf(coordinate, access),
      answers: answersTo(coordinate, decisions),
      purposes: purposesFor(coordinate, decisions),
    }))
    .toSorted((one, other) => (one.coordinate < other.coordinate ? -1 : 1));
}

function answersTo(coordinate: string, decisions: Decisions): Record<MatrixCaller, MatrixAnswer> {
  const number = decisions.numberOf(coordinate) ?? -1;
  const answer = (caller: MatrixCaller): MatrixAnswer => {
    const decision = decisions.tableFor(MATRIX_CALLERS[caller], PURPOSES)[number];
    return decision === ALLOW ? 'allow' : decision === CONDITIONAL ? 'row' : 'deny';
  };
  return Object.fromEntries(callers.map((caller) => [caller, answer(caller)])) as Record<
    MatrixCaller,
    MatrixAnswer
  >;
}

// Read off the tables as well: what an audience set that has it loses when a purpose is the only one given.
function purposesFor(coordinate: string, decisions: Decisions): Purpose[] {
  const number = decisions.numberOf(coordinate) ?? -1;
  const withheld = (purposes: readonly Purpose[]) =>
    callers.some((caller) => decisions.tableFor(MATRIX_CALLERS[caller], purposes)[number] === WITHHELD);
  return withheld([]) ? PURPOSES.filter((purpose) => !withheld([purpose])) : [];
}

// Whether a type can be reached shows in its fields, and an argument is a line only where it differs from its field.
function isWorthALine(coordinate: string, decisions: Decisions, access: AccessMap): boolean {
  if (coordinate.endsWith('.__typename')) return false;
  const [field = '', argument] = coordinate.split('(');
  if (argument === undefined) return true;
  const same =
    JSON.stringify(answersTo(coordinate, decisions)) === JSON.stringify(answersTo(field, decisions));
  return !same && access.types.has(field.split('.')[0] ?? '');
}

function verbOf(coordinate: string, access: AccessMap): MatrixVerb {
  const typeName = coordinate.split('.')[0] ?? '';
  if (coordinate.includes('(') || access.types.get(typeName)?.input) return 'send';
  return typeName === 'Mutation' ? 'do' : typeName === 'Query' ? 'ask' : 'read';
}

/** `docs/access-matrix.md`: the same as a table for people. Its difference in a pull request is the security review. */
export function accessMatrix(supergraphSdl: string): string {
  const rows = accessMatrixRows(supergraphSdl);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const sections = (['ask', 'do', 'read', 'send'] as const).map((verb) => {
    const own = rows.filter((row) => row.verb === verb);
    const table = [
      line([verb, ...callers, 'kept for']),
      line(['---', ...callers.map(() => '---'), '---']),
      ...own.map((row) =>
        line([
          `\`${row.coordinate}\``,
          ...callers.map((caller) => SIGNS[row.answers[caller]]),
          row.purposes.map((purpose) => purpose.toLowerCase()).join(', '),
        ]),
      ),
    ];
    return `## ${HEADINGS[verb]}\n\n${table.join('\n')}\n`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const SIGNS: Readonly<Record<MatrixAnswer, string>> = { allow: 'yes', row: 'row', deny: '–' };
const HEADINGS: Readonly<Record<MatrixVerb, string>> = {
  ask: 'Who may ask',
  do: 'Who may do',
  read: 'Who may read',
  send: 'Who may send',
};
const INTRODUCTION = `# Who may see and do what

Generated by \`npm run generate\` from the \`@access\` of the schema; never edited. **yes**: always. **–**: never; the gateway
cuts it out before any service is asked (\`null\` and \`UNAUTHORIZED_FIELD_OR_TYPE\`), and refuses a mutation that contains it
whole. **row**: it depends on the row; the service decides with the row in hand, by its policy file. A member of staff with
several roles may do what any of them may; without a second factor their roles do not count. **in an emergency**: what emergency
access adds to somebody's roles, for queries alone and until it ends. **kept for**: personal, and given for these purposes
only (\`PURPOSE_VIOLATION\` otherwise); a path through several has to be for each. Whoever has a role for some places of the business reaches rows
of these alone, and of what is for billing, manager and compliance alone only what decision 0047 names.
`;
