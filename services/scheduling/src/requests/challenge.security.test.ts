/**
 * The hole this keeps closed: work that is done once and shown a thousand times, or not done at all (GHSA-6gvq-jcmp-8959:
 * a challenge whose end and cost could be rewritten). altcha-lib itself accepts a replay; request-slot.ts spends each once.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { checkProof, issueChallenge, CHALLENGE_MINUTES } from './challenge.ts';
import { workFor } from './difficulty.ts';
import { networkOf } from './network.ts';
import { proofFor, solve } from './proofs-for-tests.ts';
import { openRequestSecrets } from './request-secrets.ts';

const secrets = openRequestSecrets(randomBytes(32));
const organizationId = randomUUID();
const now = new Date('2027-02-01T05:00:00.000Z');
const work = 2;

const changed = (proof: string, change: (proof: Record<string, Record<string, never>>) => void): string => {
  const read = JSON.parse(Buffer.from(proof, 'base64').toString()) as Record<string, Record<string, never>>;
  change(read);
  return Buffer.from(JSON.stringify(read)).toString('base64');
};

let proof: string;
beforeAll(async () => {
  proof = await proofFor(secrets, { organizationId, work, now });
});
const check = (given: string, at = now, organization = organizationId) =>
  checkProof(secrets, { proof: given, organizationId: organization, now: at });

it('[BOK-02] accepts work that was done for it, up to its end and not at it', async () => {
  expect(await check(proof)).toEqual({ valid: true, digest: expect.any(Buffer) as Buffer });
  const end = now.getTime() + CHALLENGE_MINUTES * 60_000;
  expect(await check(proof, new Date(end - 1))).toMatchObject({ valid: true });
  expect(await check(proof, new Date(end))).toEqual({ valid: false, code: 'EXPIRED' });
  // A process whose clock is behind the one that made the challenge is no reason to refuse anybody.
  expect(await check(proof, new Date(now.getTime() - 90_000))).toMatchObject({ valid: true });
});

it('[BOK-02] has one digest per challenge, however its proof is written', async () => {
  const first = await check(proof);
  const again = await check(changed(proof, (read) => Object.assign(read['solution'] ?? {}, { time: 12.5 })));
  expect(again).toEqual(first);
});

const parameters = (read: Record<string, Record<string, never>>) =>
  read['challenge']?.['parameters'] as unknown as Record<string, unknown>;
it.each<[string, (proof: string) => string]>([
  ['nothing', () => ''],
  ['no base64', () => '💣'.repeat(100)],
  ['JSON that is none', () => Buffer.from('{"challenge":').toString('base64')],
  ['null', () => Buffer.from('null').toString('base64')],
  ['a megabyte', () => 'A'.repeat(1_000_000)],
  ['a deep nest', () => Buffer.from('['.repeat(1_500)).toString('base64')],
  [
    'a later end',
    (given) =>
      changed(given, (p) => void (parameters(p)['data'] = { organization: organizationId, expiresAt: 9e15 })),
  ],
  ['a lower cost', (given) => changed(given, (p) => void (parameters(p)['cost'] = 1))],
  ['a cost without end', (given) => changed(given, (p) => void (parameters(p)['cost'] = 2 ** 31 - 1))],
  ['a shorter prefix', (given) => changed(given, (p) => void (parameters(p)['keyPrefix'] = '00'))],
  ['no signature of the answer', (given) => changed(given, (p) => void delete parameters(p)['keySignature'])],
  ['another algorithm', (given) => changed(given, (p) => void (parameters(p)['algorithm'] = 'SHA-256'))],
  [
    'no signature',
    (given) => changed(given, (p) => void Object.assign(p['challenge'] ?? {}, { signature: '' })),
  ],
  [
    'another answer',
    (given) =>
      changed(given, (p) => void Object.assign(p['solution'] ?? {}, { derivedKey: '00'.repeat(32) })),
  ],
  [
    'a counter that is none',
    (given) => changed(given, (p) => void Object.assign(p['solution'] ?? {}, { counter: -1 })),
  ],
  ['something more', (given) => changed(given, (p) => void (parameters(p)['__proto__x'] = true))],
])('[BOK-02] refuses %s', async (_what, forge) => {
  expect(await check(forge(proof))).toEqual({ valid: false, code: 'INVALID' });
});

it('[BOK-02] refuses work for another organization, and of another key', async () => {
  expect(await check(proof, now, randomUUID())).toEqual({ valid: false, code: 'INVALID' });
  const foreign = openRequestSecrets(randomBytes(32));
  const theirs = await issueChallenge(foreign, { organizationId, work, now });
  expect(await check(await solve(theirs.challenge))).toEqual({ valid: false, code: 'INVALID' });
});

it('[BOK-03] asks for more work the more is asked for, and for the same at rest', () => {
  const asked = [0, 29, 30, 60, 120, 240, 1_000_000].map((recent) => workFor(recent, 200));
  expect(asked).toEqual([200, 200, 400, 800, 1_600, 3_200, 3_200]);
});

it.each([
  ['198.51.100.7', '198.51.100.7'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['::FFFF:C633:6407', '198.51.100.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['010.0.0.1', undefined],
  ['', undefined],
  [null, undefined],
])('[BOK-03] counts %s as one asker with %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
