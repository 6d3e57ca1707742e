// The hole these keep closed: a rule about networks that is there and does not hold, because its file broke, was replaced
// while the gateway ran, or could not be read in the first place.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { openNetwork, type Network } from './open-network.ts';

const DATABASE = join(import.meta.dirname, 'fixtures/GeoLite2-Country-Test.mmdb');
const folder = mkdtempSync(join(tmpdir(), 'kept-network-'));
const file = join(folder, 'rules.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines: string[] = [];
const log = openLog({ service: 'test', level: 'silent' });
const record = (fields: object) => void lines.push(JSON.stringify(fields));
const recording = { ...log, info: () => undefined, warn: record, error: record } as unknown as typeof log;
const write = (text: string) => {
  // As orchestrators do it: the new file takes the old one's place whole.
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
};
const deny = (...networks: string[]) => JSON.stringify({ rules: [{ name: 'test', deny: networks }] });
const open = (countryDatabase?: string) =>
  openNetwork({ rulesFile: file, countryDatabase, log: recording, lookEveryMs: 10 });
const isOut = (network: Network, address: string) => {
  try {
    network.admitAddress(address);
    return false;
  } catch {
    return true;
  }
};

it('[SES-03] whoever is kept out learns nothing about the rule; the log has it', () => {
  write(deny('198.51.100.0/24'));
  const network = open();
  lines.splice(0);
  expect(() => network.admitAddress('198.51.100.7')).toThrow(
    expect.objectContaining({
      code: 'NETWORK_REFUSED',
      message: 'This is not available from where you are.',
    }),
  );
  expect(lines.join()).toContain('FORBIDDEN_NETWORK');
  expect(lines.join()).not.toContain('198.51.100');
  network.stop();
});

it('[SES-03] new rules hold soon; a file that broke or went away leaves the last good ones in force', async () => {
  write(deny('198.51.100.0/24'));
  const network = open();
  write(deny('203.0.113.0/24', '203.0.114.0/24'));
  await eventually(() => isOut(network, '203.0.113.7'));
  expect(isOut(network, '198.51.100.7')).toBe(false);
  for (const breakIt of [
    () => write('{ "rules": ['),
    () => rmSync(file),
    () => write('{ "rules": [{ "name": "broken", "deny": ["everything"] }] }'),
  ]) {
    lines.splice(0);
    breakIt();
    await eventually(() => lines.length > 0);
    expect(isOut(network, '203.0.113.7')).toBe(true);
  }
  write(deny('192.0.2.0/24'));
  await eventually(() => isOut(network, '192.0.2.1'));
  expect(isOut(network, '203.0.113.7')).toBe(false);
  network.stop();
});

it('[SES-04] countries hold with the operator’s database; without one the process does not start', () => {
  write('{"rules":[{"name":"abroad","for":{"callers":["ANONYMOUS"]},"denyCountries":["IR"]}]}');
  const network = open(DATABASE);
  const anonymous = { caller: { kind: 'ANONYMOUS', organizationId: null }, audiences: ['PUBLIC'] } as const;
  expect(() => network.admitVisitor('2a02:d2c0::9', anonymous)).toThrow(/from where you are/);
  expect(() => network.admitVisitor('2a02:d040::1', anonymous)).not.toThrow();
  network.stop();
  expect(() => open()).toThrow(/KEPT_COUNTRY_DATABASE/);
  expect(() => open(file)).toThrow(/MaxMind/);
  expect(() => open(join(folder, 'none.mmdb'))).toThrow(/KEPT_COUNTRY_DATABASE cannot be read/);
});

it('[SES-03] rules that cannot be read at the start stop the start; without a file everybody may come', () => {
  expect(() =>
    openNetwork({ rulesFile: join(folder, 'none.json'), countryDatabase: undefined, log }),
  ).toThrow(/KEPT_NETWORK_RULES_FILE cannot be read/);
  write('{"rules":[{"name":"broken"}]}');
  expect(() => open()).toThrow(/cannot be used/);
  const network = openNetwork({ rulesFile: undefined, countryDatabase: undefined, log });
  expect(isOut(network, '198.51.100.7')).toBe(false);
});
