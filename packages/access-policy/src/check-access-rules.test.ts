import { parse } from 'graphql';
import { checkAccessRules } from './check-access-rules.ts';

const check = (sdl: string) =>
  checkAccessRules(
    parse(`extend schema @link(url: "https://kept.example/access/v1.0", import: ["@access"])\n${sdl}`),
  );
const query = '"Reads." type Query { "One." a: A @access(allow: [PUBLIC]) }';

describe('the rules for a schema', () => {
  it('are kept by a schema that is described and classified', () => {
    expect(
      check(
        `${query} "An a." type A @access(allow: [SELF]) { "Id." id: ID! "B." b: [Int!] @access(allow: [MANAGER]) }`,
      ),
    ).toEqual([]);
  });

  it('want a description on every type and field', () => {
    expect(check(`${query} type A @access(allow: [SELF]) { id: ID! }`)).toEqual([
      'A: has no description.',
      'A.id: has no description.',
    ]);
  });

  it('want @access everywhere', () => {
    expect(check(`${query} "An a." type A { "Id." id: ID! }`)).toEqual([
      'A.id: has no @access, neither has its type.',
    ]);
  });

  it('want a field that not everybody may read to be nullable, by itself and by what it gives', () => {
    const problems = check(`${query} "An a." type A @access(allow: [SELF, PROVIDER]) {
      "B." b: Int! @access(allow: [SELF])
      "C." c: Int! @access(allow: [SIGNED_IN])
      "D." d: B! "E." e: B } "A b." type B @access(allow: [MANAGER]) { "Id." id: ID! }`);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(['A.b', 'A.d']);
  });

  it('want mutations to give a payload or a union, and lists without holes', () => {
    const problems = check(`${query} "An a." type A @access(allow: [SELF]) { "Id." ids: [ID] }
      "Changes." type Mutation { "Bare." bare: Boolean @access(allow: [CLIENT]) "Many." many: [A!] @access(allow: [CLIENT]) "Fine." fine: A @access(allow: [CLIENT]) }`);
    expect(problems).toEqual([
      'A.ids: items of a list are non-null.',
      'Mutation.bare: a mutation gives one payload type or a union.',
      'Mutation.many: a mutation gives one payload type or a union.',
    ]);
  });

  it('[LAW-36] keep emergency access to reading', () => {
    expect(
      check(`${query} "An a." type A @access(allow: [EMERGENCY]) { "Id." id: ID! }
        "Changes." type Mutation { "Does." do(input: I): A @access(allow: [MANAGER, EMERGENCY]) }
        "An i." input I @access(allow: [MANAGER, EMERGENCY]) { "Id." id: ID }`),
    ).toEqual([
      'Mutation.do: emergency access reads; it sends and changes nothing.',
      'I.id: emergency access reads; it sends and changes nothing.',
    ]);
  });

  it('[LAW-01] want a purpose by which a field and what it gives can both be read', () => {
    expect(
      check(`${query} "An a." type A @access(allow: [PUBLIC], purposes: [PAYMENT]) {
        "Id." id: ID!
        "B." b: Int @access(allow: [PUBLIC], purposes: [MARKETING_NEWS])
        "C." c: B
      }
      "A b." type B @access(allow: [PUBLIC], purposes: [ACCOUNTABILITY]) { "Id." id: ID! }`),
    ).toEqual([
      'A.b: no purpose opens it and what stands around it.',
      'A.c: no purpose opens it and what stands around it.',
    ]);
  });
});
