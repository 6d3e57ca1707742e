import {
  calculateJwkThumbprint,
  exportJWK,
  GeneralEncrypt,
  generalDecrypt,
  generateKeyPair,
  importJWK,
  type CryptoKey,
} from 'jose';

/** Once per device. The private key stays in the device's key store; `jwk` goes to `registerNoteKey`. */
export async function newDevice() {
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES+A256KW', { crv: 'X25519' });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, kid: await calculateJwkThumbprint(jwk) };
}

/** For `putSealedNote`: `recipients` is the booking's `noteRecipients`, `version` the note's plus one (1 for the first). */
export async function sealNote(
  text: string,
  note: { bookingId: string; version: number; recipients: { kid: string; x: string }[] },
) {
  const jwe = new GeneralEncrypt(new TextEncoder().encode(text)).setProtectedHeader({
    enc: 'A256GCM',
    'kept-booking': note.bookingId,
    'kept-version': note.version,
  });
  for (const { kid, x } of note.recipients) {
    const key = await importJWK({ kty: 'OKP', crv: 'X25519', x }, 'ECDH-ES+A256KW');
    jwe.addRecipient(key).setUnprotectedHeader({ alg: 'ECDH-ES+A256KW', kid });
  }
  return JSON.stringify(await jwe.encrypt());
}

/** Opens `sealedNote.jwe`. Throws when it was not wrapped for this device, was changed, or is of another booking or version. */
export async function openNote(
  jwe: string,
  note: { privateKey: CryptoKey; bookingId: string; version: number },
) {
  const { plaintext, protectedHeader } = await generalDecrypt(JSON.parse(jwe), note.privateKey);
  const isThisNote =
    protectedHeader?.['kept-booking'] === note.bookingId && protectedHeader['kept-version'] === note.version;
  if (!isThisNote) throw new Error('This is the note of another booking, or an older one.');
  return new TextDecoder().decode(plaintext);
}
