import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newDevice, openNote, sealNote } from './app-for-tests.ts';
import { readEnvelope } from './note-envelope.ts';
import { readPublicKey } from './public-key.ts';

const bookingId = randomUUID();

it('[ENC-12] what docs/clients.md shows is what runs here, to the letter', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/clients.md'), 'utf8');
  const code = readFileSync(join(import.meta.dirname, 'app-for-tests.ts'), 'utf8');
  expect(page).toContain(`\`\`\`ts\n${code}\`\`\``);
});

it('[ENC-12] an app that does as docs/clients.md shows writes what is accepted, and notices a note that was put in its place', async () => {
  const [client, provider, stranger] = [await newDevice(), await newDevice(), await newDevice()];
  const recipients = [client, provider].map(({ kid, jwk }) => ({ kid, x: jwk.x ?? '' }));
  for (const { kid, jwk } of [client, provider])
    expect(readPublicKey({ kty: jwk.kty ?? '', crv: jwk.crv ?? '', x: jwk.x ?? '' }).thumbprint).toBe(kid);
  const jwe = await sealNote('沈黙 🕊', { bookingId, version: 1, recipients });
  expect(readEnvelope(jwe, { bookingId, version: 1 }).recipients).toHaveLength(2);
  for (const { privateKey } of [client, provider])
    expect(await openNote(jwe, { privateKey, bookingId, version: 1 })).toBe('沈黙 🕊');
  const { privateKey } = client;
  await expect(openNote(jwe, { privateKey: stranger.privateKey, bookingId, version: 1 })).rejects.toThrow();
  await expect(openNote(jwe, { privateKey, bookingId: randomUUID(), version: 1 })).rejects.toThrow(/another/);
  await expect(openNote(jwe, { privateKey, bookingId, version: 2 })).rejects.toThrow(/older/);
});
