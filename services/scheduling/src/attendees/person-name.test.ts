import { nameFingerprint, phoneFingerprint, readName, readPhone } from './person-name.ts';

it.each([
  ['Ada Lovelace', 'LOVELACE, ada'],
  ['José García-Núñez', 'jose garcia nunez'],
  ['Zoë', 'Zoe\u0308'],
  ['Ａｄａ', 'ada'],
  ['李 小龍', '小龍 李'],
])('[INC-12] knows %s and %s for one name', (one, other) => {
  expect(nameFingerprint(readName(one, 'name'))).toBe(nameFingerprint(readName(other, 'name')));
});

it.each([
  ['Ada Lovelace', 'Ada Lovelac'],
  ['🌱', '🌻'],
  ['محمد', 'أحمد'],
])('[INC-12] keeps %s and %s apart', (one, other) => {
  expect(nameFingerprint(one)).not.toBe(nameFingerprint(other));
});

it('[INC-12] knows a telephone number however its beginning is written', () => {
  const numbers = ['+44 20 7946 0018', '020 7946 0018', '0044 (20) 7946-0018'];
  const fingerprints = numbers.map((number) => phoneFingerprint(readPhone(number, 'phone') ?? ''));
  expect(new Set(fingerprints).size).toBe(1);
  expect(readPhone('  ', 'phone')).toBeNull();
});

it.each([
  '',
  '   ',
  'a\u0000b',
  'a\u0007b',
  'a\nb',
  'a\u202Eb',
  'a\ud83db',
  'x'.repeat(121),
  'x'.repeat(1_000_000),
])('[INC-12] refuses a name that is none', (name) => {
  expect(() => readName(name, 'name')).toThrow(/"name"/);
});

it.each(['call me', '+', '1'.repeat(40), '+44 20 <script>'])('[INC-12] refuses %s as a number', (phone) => {
  expect(() => readPhone(phone, 'phone')).toThrow(/telephone/);
});
