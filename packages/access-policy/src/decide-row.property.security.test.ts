// Deciding about a row is asked a thousand times per page, so its rules are looked up once and plain conditions are
// compared without CASL. The hole would be an answer that differs from CASL's: checked over random sentences and rows.
import { createMongoAbility, subject } from '@casl/ability';
import fc from 'fast-check';
import type { Ability } from './ability.ts';
import { holds } from './decide-row.ts';

const word = fc.constantFrom('anna', 'bert', '1');
// CASL's own parser stumbles over objects without a prototype.
const ordinary = { noNullPrototype: true } as const;
const plain = fc.oneof(word, fc.constantFrom(1, 0, true, false, null));
const condition = fc.oneof(
  plain,
  fc.record({ $in: fc.array(plain, { maxLength: 3 }) }, ordinary),
  fc.record({ $ne: plain }, ordinary),
  fc.record({ $eq: plain }, ordinary),
);
const conditions = fc.dictionary(fc.constantFrom('clientId', 'providerId', 'status'), condition, {
  minKeys: 1,
  ...ordinary,
});
const rule = fc.record({
  action: fc.constantFrom('reach', 'read', 'cancel'),
  subject: fc.constantFrom('Booking', 'Hold'),
  fields: fc.option(fc.subarray(['id', 'notes'], { minLength: 1 }), { nil: undefined }),
  conditions: fc.option(conditions, { nil: undefined }),
});
const value = fc.oneof(plain, fc.array(word, { maxLength: 2 }), fc.constant(new Date(0)));
const row = fc.record({ clientId: value, providerId: value, status: value }, ordinary);
const question = fc.record({
  action: fc.constantFrom('reach', 'read', 'cancel'),
  type: fc.constantFrom('Booking', 'Hold', 'Nothing'),
  field: fc.constantFrom('id', 'notes', 'other', undefined),
});

it('[gateway A16] answers about every row as CASL does, however often it is asked', () => {
  let granted = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 6 }),
      fc.array(row, { minLength: 1, maxLength: 4 }),
      fc.array(question, { minLength: 1, maxLength: 6 }),
      (rules, rows, questions) => {
        const given = rules.map(({ fields, conditions: wanted, ...rest }) => ({
          ...rest,
          ...(fields && { fields }),
          ...(wanted && { conditions: wanted }),
        }));
        const ability: Ability = createMongoAbility(given);
        for (const { action, type, field } of [...questions, ...questions]) {
          for (const one of rows) {
            const expected = ability.can(action, subject(type, { ...one }), field);
            expect(holds(ability, { action, type, field }, one)).toBe(expected);
            if (expected) granted += 1;
            else refused += 1;
          }
        }
      },
    ),
    { numRuns: 1_000 },
  );
  expect(granted).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});
