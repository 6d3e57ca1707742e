import fc from 'fast-check';
import { canonicalEmail } from './email-address.ts';
import { canonicalName, canonicalPhone } from './person-text.ts';

it('[identity A40] gives twins of one address one form', () => {
  for (const twin of ['ada@example.org', ' ADA@Example.ORG ', 'ａｄａ@example.org', 'ada@ｅxample.org']) {
    expect(canonicalEmail(twin)).toBe('ada@example.org');
  }
  expect(canonicalEmail('zoë@münchen.example')).toBe('zoë@xn--mnchen-3ya.example');
});

it.each([
  'a@b.com,evil@x.example',
  'a@b.com\r\nBcc: evil@x.example',
  '"a b"@example.org',
  'a@@example.org',
  'a@localhost',
  'a@[127.0.0.1]',
  'a@example.org>',
  '.a@example.org',
  'a..b@example.org',
  `${'a'.repeat(250)}@example.org`,
  'a@127.0.0.1',
  '',
])('[identity A40] takes no address that a mail server could read in two ways: %j', (text) => {
  expect(canonicalEmail(text)).toBeUndefined();
});

it('[identity A40] never lets through what ends a header or starts a second recipient', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const address = canonicalEmail(`${text}@example.org`);
      return address === undefined || !/[\s,;:<>"()[\]\\\p{Cc}]/u.test(address);
    }),
  );
});

it('is its own canonical form', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (text) => {
      const address = canonicalEmail(text);
      return address === undefined || canonicalEmail(address) === address;
    }),
  );
});

it('keeps names in every script, and takes out what would turn or break the text around them', () => {
  expect(canonicalName('Zoë أحمد 🌱')).toBe('Zoë أحمد 🌱');
  expect(canonicalName('  Ada\r\nBcc: x  ')).toBe('Ada Bcc: x');
  expect(canonicalName('Ada\u202eevil')).toBe('Ada evil');
  expect(canonicalName('\u202e\n')).toBeUndefined();
  expect(canonicalName('x'.repeat(121))).toBeUndefined();
  expect(canonicalPhone('+44 (0)20 7946-0018')).toBe('+4402079460018');
  expect(canonicalPhone('0;rm -rf')).toBeUndefined();
});
