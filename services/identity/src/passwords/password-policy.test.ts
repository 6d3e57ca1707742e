import fc from 'fast-check';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { brokenRules, type PasswordRefusalCode } from './password-policy.ts';

const chars = (alphabet: string, size: { minLength: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom(...alphabet), ...size });
const upper = 'ABCDEFGHJKLMÄÖΩЖ';
const lower = 'abcdefghjkmäöωж';
const digits = '0123456789';
const others = '-_!? 🌱€';

/** Some of everything, in any order. */
const mixed = (minLength: number, maxLength: number) =>
  fc
    .tuple(...[upper, lower, digits, others].map((alphabet) => chars(alphabet, { minLength, maxLength })))
    .chain((parts) => fc.shuffledSubarray([...parts.join('')], { minLength: [...parts.join('')].length }))
    .map((characters) => characters.join(''));

/** Breaks no rule of form, also when one kind of character is taken out: at least 15 are left. */
const good = mixed(5, 9);

const LONG_AND_STOLEN = ['stratocast3r', 'kilkenny1969', 'luckynumber7', 'monalisa2011', 'sephiroth1992'];

const breaks = (rule: PasswordRefusalCode, password: string, details: string[] = []) =>
  brokenRules(password, details).includes(rule);
const without = (password: string, alphabet: string) =>
  [...password].filter((character) => !alphabet.includes(character)).join('');

describe('[AUT-03] the password policy', () => {
  it('refuses whatever breaks exactly one rule with the code of that rule and no other', () => {
    const only = (broken: fc.Arbitrary<string>, rule: PasswordRefusalCode, details: string[] = []) =>
      fc.assert(fc.property(broken, (password) => expect(brokenRules(password, details)).toEqual([rule])));
    only(mixed(1, 2), 'TOO_SHORT');
    only(mixed(33, 40), 'TOO_LONG');
    for (const [rule, alphabet] of [
      ['NO_UPPER_CASE', upper],
      ['NO_LOWER_CASE', lower],
      ['NO_DIGIT', digits],
      ['NO_OTHER_CHARACTER', others],
    ] as const)
      only(
        good.map((password) => without(password, alphabet)),
        rule,
      );
    only(
      good.map((password) => `${password}mArGarEt`),
      'CONTAINS_PERSONAL_DETAIL',
      ['Margaret Okafor'],
    );
    const words = [...COMMON_PASSWORDS].filter((word) => /^[a-z]{6,}$/.test(word));
    const dressed = fc
      .tuple(fc.constantFrom(...words), chars(digits, { minLength: 3, maxLength: 4 }))
      .map(([word, number]) => `${word.charAt(0).toUpperCase()}${word.slice(1)}-${number}-!!`);
    only(dressed, 'COMMON');
  });

  it('accepts what has length and variety', () => {
    fc.assert(fc.property(good, (password) => brokenRules(password, []).length === 0));
  });

  it.each([
    ['NO_UPPER_CASE', upper],
    ['NO_LOWER_CASE', lower],
    ['NO_DIGIT', digits],
    ['NO_OTHER_CHARACTER', others],
  ] as const)('refuses with %s whatever lacks it', (rule, alphabet) => {
    fc.assert(
      fc.property(good, (password) => {
        expect(brokenRules(without(password, alphabet), [])).toContain(rule);
        expect(breaks(rule, password)).toBe(false);
      }),
    );
  });

  it('counts code points, 12 to 128, and takes every one of them as it comes', () => {
    fc.assert(
      fc.property(good, fc.integer({ min: 1, max: 11 }), (password, length) =>
        breaks('TOO_SHORT', [...password].slice(0, length).join('')),
      ),
    );
    const flowers = (count: number) => `Aa1-${'🌱'.repeat(count - 4)}`;
    expect(brokenRules(flowers(12), [])).toEqual([]);
    expect(brokenRules(flowers(128), [])).toEqual([]);
    expect(brokenRules(flowers(129), [])).toEqual(['TOO_LONG']);
    expect(brokenRules('x'.repeat(1_000_000), [])).toEqual(['TOO_LONG']);
  });

  it('refuses the name and the address of its owner inside it', () => {
    fc.assert(
      fc.property(good, fc.nat(20), (password, at) => {
        const inside = `${password.slice(0, at)}mArGarEt${password.slice(at)}`;
        return breaks('CONTAINS_PERSONAL_DETAIL', inside, ['Margaret Okafor', 'm.okafor']);
      }),
    );
  });

  it('refuses all of the 10,000 most common passwords, also dressed up to satisfy the other rules', () => {
    const common = [...COMMON_PASSWORDS].slice(0, 10_000);
    expect(common).toHaveLength(10_000);
    expect(common.filter((password) => !breaks('COMMON', password))).toEqual([]);
    const words = common.filter((password) => /^[a-z]{4,}$/.test(password));
    const dressed = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}-2027-!!`);
    expect(dressed.filter((password) => !breaks('COMMON', password))).toEqual([]);
  });

  it('knows thousands that are long enough for its other rules (ASVS 6.2.4), and not everything that is long', () => {
    for (const stolen of LONG_AND_STOLEN) {
      expect(COMMON_PASSWORDS.has(stolen)).toBe(false);
      expect(breaks('COMMON', stolen)).toBe(true);
      expect(breaks('COMMON', stolen.toUpperCase())).toBe(true);
    }
    fc.assert(fc.property(good, (password) => !breaks('COMMON', password)));
  });
});
