// The hole this keeps closed: many databases of countries hold IPv4 alone, and their reader takes the first half of an IPv6
// address for one of those. Whoever has an IPv6 network would then choose the country that they come from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCountryDatabase } from './country-database.ts';

const file = readFileSync(join(import.meta.dirname, 'fixtures/GeoLite2-Country-Test.mmdb'));

/** The same tree from where its IPv4 addresses begin to look like all there is: what it says is nonsense, but it says it. */
function asIpv4Alone(): Buffer {
  const changed = Buffer.from(file);
  const name = Buffer.from('ip_version');
  const at = changed.lastIndexOf(name) + name.length;
  // A 16-bit number of one byte (MaxMind DB file format, "Data Field Format").
  expect([changed[at], changed[at + 1]]).toEqual([0xa1, 6]);
  changed[at + 1] = 4;
  return changed;
}

it.each(['2a02:d040::1', '2a02:d2c0::9', '2001:db8::1'])(
  '[SES-04] nobody knows the country of %s where the database knows IPv4 alone',
  (address) => {
    expect(openCountryDatabase(asIpv4Alone())(address)).toBeNull();
  },
);

it('[SES-04] an address with a zone is looked up as the address that it is', () => {
  expect(openCountryDatabase(file)('2a02:d040::1%eth0')).toBe('SE');
});
