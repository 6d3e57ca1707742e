/** One way to write the same question. */
export interface Syntax {
  readonly name: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, boolean>>;
  /** The response key of the field in question. */
  readonly key: string;
}

/** A field of an object type, and the ways to its rows: a field of that type, and of an interface and a union around it. */
export interface Target {
  readonly operation?: 'query' | 'mutation';
  readonly type: string;
  readonly field: string;
  /** What stands before the selection of rows of `type`, without its braces: `staff`, or `changeRole(input: $input)`. Empty at the root. */
  readonly way: string;
  readonly interfaceWay?: string;
  readonly unionWay?: string;
  /** Variables of the way, as declared. */
  readonly declared?: string;
}

// Directives stand between a field's arguments and its selection.
const withFlags = (field: string) =>
  field.replace(/^(\w+(?:\([^)]*\))?)/, '$1 @include(if: $yes) @skip(if: $no)');

/**
 * The nine syntaxes of the attack catalogue: each has hidden a field from some gateway's authorization. Interface and union
 * are there where the graph has one around the type; elsewhere eight or seven remain, and the rest stand on fragments.
 */
export function syntaxesOf(target: Target): Syntax[] {
  const { operation = 'query', type, field, way, interfaceWay, unionWay, declared = '' } = target;
  const write = (name: string, body: string, more: { key?: string; rest?: string; flags?: string } = {}) => {
    const all = [declared, more.flags ?? ''].filter(Boolean).join(', ');
    return {
      name,
      query: `${operation} ${all && `(${all})`} { ${body} } ${more.rest ?? ''}`,
      variables: more.flags ? { yes: true, no: false } : {},
      key: more.key ?? /^\w+/.exec(field)?.[0] ?? field,
    } as Syntax;
  };
  const flags = '$yes: Boolean!, $no: Boolean!';
  const under = (outer: string, inner: string) => (outer ? `${outer} { ${inner} }` : inner);
  return [
    write('plain', under(way, field)),
    write('alias', under(way, `innocent: ${field}`), { key: 'innocent' }),
    write('inline fragment', under(way, `... on ${type} { ${field} }`)),
    write('named fragment', under(way, '...One'), { rest: `fragment One on ${type} { ${field} }` }),
    write('nested fragments', under(way, '... { ...One }'), {
      rest: `fragment One on ${type} { ... on ${type} { ...Two } } fragment Two on ${type} { ${field} }`,
    }),
    ...(interfaceWay ? [write('interface', `${interfaceWay} { ... on ${type} { ${field} } }`)] : []),
    ...(unionWay ? [write('union', `${unionWay} { ... on ${type} { ${field} } }`)] : []),
    write('duplicate key', under(way, `${field} ...One ${field}`), {
      rest: `fragment One on ${type} { ${field} }`,
    }),
    write('@include and @skip', under(way, withFlags(field)), { flags }),
  ];
}
