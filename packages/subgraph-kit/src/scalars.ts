import { GraphQLScalarType } from 'graphql';
import {
  DateTimeISOResolver,
  EmailAddressResolver,
  LocalDateResolver,
  SafeIntResolver,
  TimeZoneResolver,
  UUIDResolver,
} from 'graphql-scalars';

/** What each scalar looks like, in the words of the error a person meets when it is not like that. */
export const SCALAR_FORMS: Readonly<Record<string, string>> = {
  DateTime: 'an existing date and time with its offset, such as 2027-03-01T10:00:00Z',
  LocalDate: 'an existing date, such as 2027-03-01',
  TimeZone: 'an IANA time zone, such as Europe/London',
  EmailAddress: 'an e-mail address',
  UUID: 'an id',
  ID: 'an id',
  MinorUnits: 'a whole number in the smallest unit of the currency',
  Int: 'a whole number',
  Float: 'a number',
  String: 'a text',
  Boolean: 'true or false',
};

/**
 * A scalar under our name. Its refusals become plain errors, to which graphql-js adds the type's name; ours are
 * then told from it (a `GraphQLError` would go out as it is, with the value in it).
 */
function named(scalar: GraphQLScalarType, name: string): GraphQLScalarType {
  const { parseValue, parseLiteral, ...config } = scalar.toConfig();
  const orRefuse = <Result>(parse: () => Result): Result => {
    try {
      return parse();
    } catch (cause) {
      throw new TypeError('', { cause });
    }
  };
  return new GraphQLScalarType({
    ...config,
    name,
    description: SCALAR_FORMS[name] ?? config.description,
    parseValue: (value) => orRefuse(() => parseValue(value)),
    parseLiteral: (node, variables) => orRefuse(() => parseLiteral(node, variables)),
  });
}

/** Resolvers of the scalars that a service may declare. Instants arrive as `Date` and leave as ISO 8601 in UTC. */
export const scalarResolvers: Readonly<Record<string, GraphQLScalarType>> = {
  DateTime: named(DateTimeISOResolver, 'DateTime'),
  LocalDate: named(LocalDateResolver, 'LocalDate'),
  TimeZone: named(TimeZoneResolver, 'TimeZone'),
  EmailAddress: named(EmailAddressResolver, 'EmailAddress'),
  UUID: named(UUIDResolver, 'UUID'),
  MinorUnits: named(SafeIntResolver, 'MinorUnits'),
};
