// What a cell of docs/access-matrix.md means for the rows that a test has in hand, and how results of mutations are reached.
import {
  getNamedType,
  isObjectType,
  isUnionType,
  Kind,
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { GraphAnswer } from './graph.ts';

export const DENIED = 'UNAUTHORIZED_FIELD_OR_TYPE';
export type Side = 'own' | 'foreign';
export type Path = readonly GraphQLField<unknown, unknown>[];

/** The audiences of each column, beside what holds for a row. */
export const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  anonymous: ['PUBLIC'],
  client: ['PUBLIC', 'SIGNED_IN', 'CLIENT'],
  provider: ['PUBLIC', 'SIGNED_IN', 'PROVIDER'],
  'front desk': ['PUBLIC', 'SIGNED_IN', 'FRONT_DESK'],
  billing: ['PUBLIC', 'SIGNED_IN', 'BILLING'],
  manager: ['PUBLIC', 'SIGNED_IN', 'MANAGER'],
  compliance: ['PUBLIC', 'SIGNED_IN', 'COMPLIANCE'],
};

// Which relations hold on the rows of a story: the client's own booking, which the provider is booked for.
const OF_CLIENT = new Set(['Booking', 'Client', 'Payment', 'Refund', 'PaymentMethod', 'Consent']);
/** What belongs to such a row is its owner's too, and no story has it by itself. */
const BELOW_CLIENT = new Set(['BookingFee', 'Guardianship', 'PaymentLine']);
/** What is told of a booking is for those whom the booking is for. */
const OF_BOOKING = new Set([
  'Booking',
  'Attendee',
  'BookingDecision',
  'BookingEvent',
  'BookingIntake',
  'BookingSeries',
  'ManageLink',
]);
function relations(column: string, type: string, side: Side): readonly string[] {
  const ofBooking = OF_BOOKING.has(type);
  const ofClient = ofBooking || OF_CLIENT.has(type) || BELOW_CLIENT.has(type);
  if (column === 'client' && ofClient && side === 'own') return ['SELF'];
  if (column === 'provider' && ofBooking) return ['ASSIGNED_PROVIDER'];
  return [];
}

/** The types whose rows a test has both an own and a foreign one of. */
export const TYPES_WITH_ROWS: ReadonlySet<string> = OF_CLIENT;

function allowOf(directives: readonly ConstDirectiveNode[] | undefined): readonly string[] | undefined {
  const access = directives?.find(({ name }) => name.value === 'access');
  const value = access?.arguments?.find(({ name }) => name.value === 'allow')?.value;
  return value?.kind === Kind.LIST
    ? value.values.flatMap((item) => (item.kind === Kind.ENUM ? [item.value] : []))
    : undefined;
}

/** Whether somebody may read a field of a row they do, or do not, stand in relation to; read off the supergraph itself. */
export function mayReadRow(
  schema: GraphQLSchema,
  { column, type, field, side }: { column: string; type: string; field: string; side: Side },
): boolean {
  const held = (of: string) => [...(COLUMNS[column] ?? []), ...relations(column, of, side)];
  const reaches = (of: string) => {
    const named = schema.getType(of);
    const allow = isObjectType(named) ? allowOf(named.astNode?.directives) : undefined;
    return allow === undefined || allow.some((audience) => held(of).includes(audience));
  };
  const owner = schema.getType(type);
  const definition = isObjectType(owner) ? owner.getFields()[field] : undefined;
  if (!isObjectType(owner) || !definition) throw new Error(`There is no ${type}.${field}.`);
  const own = allowOf(definition.astNode?.directives) ?? allowOf(owner.astNode?.directives) ?? [];
  return (
    reaches(type) &&
    own.some((audience) => held(type).includes(audience)) &&
    reaches(getNamedType(definition.type).name)
  );
}

/** A mutation, and the fields from one member of its result down to a type. */
export interface PayloadWay {
  readonly mutation: GraphQLField<unknown, unknown>;
  /** The type of the result on which the fields stand. */
  readonly on: string;
  readonly fields: Path;
}

/** Every shortest way from a mutation to a type that no query reaches. */
export function payloadWays(schema: GraphQLSchema, target: string): PayloadWay[] {
  return Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap((mutation): PayloadWay[] => {
    const result = getNamedType(mutation.type);
    const members = isUnionType(result) ? result.getTypes() : isObjectType(result) ? [result] : [];
    for (const member of members) {
      const fields = fieldsTo(member, target);
      if (fields) return [{ mutation, on: member.name, fields }];
    }
    return [];
  });
}

function fieldsTo(start: GraphQLObjectType, target: string): Path | undefined {
  const queue: { type: GraphQLObjectType; fields: Path }[] = [{ type: start, fields: [] }];
  const seen = new Set<string>();
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (next.type.name === target) return next.fields;
    if (seen.has(next.type.name) || next.fields.length > 2) continue;
    seen.add(next.type.name);
    for (const field of Object.values(next.type.getFields())) {
      const named = getNamedType(field.type);
      if (isObjectType(named) && field.args.length === 0)
        queue.push({ type: named, fields: [...next.fields, field] });
    }
  }
  return undefined;
}

/** Whether an answer holds the row at the end of a path: it was reached, and its last field not refused. */
export function isSeen(
  answer: { data: unknown; errors: readonly { path?: readonly (string | number)[]; code: string }[] },
  path: Path,
): boolean {
  const names = path.map(({ name }) => name);
  let here: unknown = answer.data;
  for (const name of names.slice(0, -1)) {
    here = (here as Record<string, unknown> | null)?.[name] ?? null;
    if (Array.isArray(here)) here = (here as unknown[])[0] ?? null;
    if (here === null) return false;
  }
  if (typeof here !== 'object' || here === null) return false;
  const refused = answer.errors.some(
    ({ path: at = [] }) => at.filter((step) => typeof step === 'string').join('.') === names.join('.'),
  );
  return !refused;
}

/** The type that a field gives, without lists and non-null marks. */
export const schemaTypeOf = (field: Path[number] | undefined): string | undefined =>
  field && getNamedType(field.type).name;

/** What an answer says, without what is different each time. */
export const outcome = ({ data, errors }: GraphAnswer<unknown>): string =>
  JSON.stringify([
    shape(data),
    errors.map(({ path, extensions }) => JSON.stringify([path, extensions.code])).toSorted(),
  ]);
const shape = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shape(item)]));
};
/**
 * Whether the answer refuses this very path (list positions apart), or the operation as a whole because of what it sends: an
 * input that only those may send who may ask.
 */
export const refuses = (answer: GraphAnswer<unknown>, path: Path) =>
  answer.errors.some(({ path: at, extensions }) => extensions.code === DENIED && at === undefined) ||
  answer.errors.some(
    (error) =>
      error.extensions.code === DENIED &&
      (error.path ?? []).filter((step) => typeof step === 'string').join('.') ===
        path.map(({ name }) => name).join('.'),
  );
