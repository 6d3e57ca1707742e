// The hole this keeps closed: one address written in another way is no address to whoever compares them, and what is no address
// is in no list of those that are kept out.
import type { IncomingMessage } from 'node:http';
import type { CountryOf } from '../network/country-database.ts';
import { refusingRule } from '../network/network-rules.ts';
import { readNetworkRules } from '../network/read-rules.ts';
import { networksOf } from '../limits/network-of.ts';
import { networkAddressOf } from './caller.ts';

const rules = readNetworkRules(JSON.stringify({ rules: [{ name: 'abuse', deny: ['203.0.113.0/24'] }] }), {
  knowsCountries: false,
});
const countryOf: CountryOf = () => null;
const addressOf = (forwarded: string) =>
  networkAddressOf(
    {
      headers: { 'x-forwarded-for': forwarded },
      socket: { remoteAddress: '10.0.0.1' },
    } as unknown as IncomingMessage,
    1,
  );

it.each([
  '203.0.113.7',
  '198.51.100.1, 203.0.113.7',
  '::ffff:203.0.113.7',
  '::FFFF:203.0.113.7',
  '::ffff:cb00:7107',
  '::FFFF:CB00:7107',
  '203.0.113.7:49152',
  '[::ffff:cb00:7107]:49152',
  '[::ffff:203.0.113.7]',
])('[SES-03] %s is kept out, and counted, as 203.0.113.7', (forwarded) => {
  const address = addressOf(forwarded);
  expect(refusingRule(rules, address, { visitor: undefined, countryOf })?.name).toBe('abuse');
  expect(networksOf(address)).toEqual(['203.0.113.7']);
});

it('[SES-03] an IPv6 address stays what it is, with a port or without', () => {
  expect([addressOf('2001:db8::7'), addressOf('[2001:db8::7]:443')]).toEqual(['2001:db8::7', '2001:db8::7']);
});
