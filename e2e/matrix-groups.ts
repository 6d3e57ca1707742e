// What of the matrix can be asked in one question: a few fields of one type at a time, where no answer hides another.
import { isObjectType, type GraphQLSchema } from 'graphql';
import { payloadWays, schemaTypeOf, type Path, type PayloadWay } from './matrix-cells.ts';
import { ENDS_SESSIONS, pathTo, type MatrixLine } from './matrix-document.ts';

/** Ways are the same for all fields of a type, and looking for one walks the whole graph. */
function oncePerType<Found>(find: (type: string) => Found): (type: string) => Found {
  const found = new Map<string, Found>();
  return (type) => {
    const known = found.get(type);
    if (known !== undefined || found.has(type)) return known as Found;
    const fresh = find(type);
    found.set(type, fresh);
    return fresh;
  };
}

interface Matrix {
  readonly schema: GraphQLSchema;
  /** The lines of what can be read. */
  readonly reads: readonly MatrixLine[];
}
type MayPass = (type: string, field: string) => boolean;

export interface ReadsTogether {
  readonly way: Path;
  readonly lines: { readonly line: MatrixLine; readonly field: Path[number] }[];
}
const TOGETHER_MAX = 8;

/** The fields that can be read, a few of one type in each question: alone, they would be seven thousand. */
export function readsTogether({ schema, reads }: Matrix, mayPass: MayPass): ReadsTogether[] {
  const groups: ReadsTogether[] = [];
  const wayTo = oncePerType((type) => pathTo(schema, type, mayPass));
  for (const line of reads) {
    const type = schema.getType(line.type);
    const way = isObjectType(type) && wayTo(line.type);
    const field = isObjectType(type) ? type.getFields()[line.field] : undefined;
    if (!way || !field) continue;
    const last = groups.at(-1);
    const first = last?.lines[0]?.line;
    if (last && first?.type === line.type && last.lines.length < TOGETHER_MAX)
      last.lines.push({ line, field });
    else groups.push({ way, lines: [{ line, field }] });
  }
  return groups;
}

export interface ResultsTogether {
  readonly way: PayloadWay;
  readonly lines: { readonly line: MatrixLine; readonly field: Path[number] }[];
  /** Whether the mutation has to be refused. */
  readonly should: boolean;
}

/** The same for what only results of mutations hold. A field that must not be read is asked for alone. */
export function resultsTogether(
  { schema, reads }: Matrix,
  column: string,
  mayPass: MayPass,
): ResultsTogether[] {
  const groups: ResultsTogether[] = [];
  const isAsked = oncePerType((type) => pathTo(schema, type, () => true) !== undefined);
  const waysTo = oncePerType((type) =>
    payloadWays(schema, type).filter(({ mutation }) => !ENDS_SESSIONS.test(mutation.name)),
  );
  for (const line of reads) {
    const type = schema.getType(line.type);
    const field = isObjectType(type) ? type.getFields()[line.field] : undefined;
    if (!field || isAsked(line.type)) continue;
    const ways = waysTo(line.type);
    const open = ways.find(({ mutation, on, fields }) => {
      const steps = fields.map((step, at) => ({
        type: at === 0 ? on : (schemaTypeOf(fields[at - 1]) ?? ''),
        name: step.name,
      }));
      return mayPass('Mutation', mutation.name) && steps.every((step) => mayPass(step.type, step.name));
    });
    const way = open ?? ways[0];
    if (!way) continue;
    const alone = open !== undefined && line.answers[column] === '–';
    const last = groups.at(-1);
    const joins = !alone && last?.lines[0]?.line.type === line.type && last.should === (open === undefined);
    if (joins && last.lines.length < TOGETHER_MAX) last.lines.push({ line, field });
    else groups.push({ way, lines: [{ line, field }], should: !open || alone });
  }
  return groups;
}
