import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { openCheckpoint, originOf, signCheckpoint } from './checkpoint.ts';
import { openNote, signNote, verifierKey } from './signed-note.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const name = originOf('8c5c9d7e-3a57-4d0c-9d5f-0b2b6d3c4e11');

// The example in the documentation of Go's golang.org/x/mod/sumdb/note, which defined the format.
it('reads a note that another implementation signed', () => {
  const raw = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1);
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]),
    format: 'der',
    type: 'spki',
  });
  expect(verifierKey('PeterNeumann', key)).toBe(
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  );
  const text =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const note = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
  expect(openNote(note, { name: 'PeterNeumann', publicKey: key })).toBe(text);
  expect(openNote(note.replace('answer', 'Answer'), { name: 'PeterNeumann', publicKey: key })).toBeNull();
});

it('refuses notes that are changed, signed by others only, or not notes', () => {
  const note = signNote('hello\n', { name, privateKey });
  expect(openNote(note, { name, publicKey })).toBe('hello\n');
  const other = generateKeyPairSync('ed25519');
  expect(
    openNote(signNote('hello\n', { name, privateKey: other.privateKey }), { name, publicKey }),
  ).toBeNull();
  expect(openNote(signNote('hello\n', { name: 'else', privateKey }), { name, publicKey })).toBeNull();
  for (const broken of [
    '',
    'hello\n',
    note.slice(0, -1),
    note.replace('— ', '- '),
    `\u0001${note}`,
    note.repeat(100),
  ])
    expect(openNote(broken, { name, publicKey })).toBeNull();
});

it('ignores signatures of unknown keys beside ours, as witnesses add them', () => {
  const witness = generateKeyPairSync('ed25519');
  const theirs = signNote('hello\n', { name: 'witness.example', privateKey: witness.privateKey }).split(
    '\n\n',
  )[1];
  const note = `${signNote('hello\n', { name, privateKey })}${theirs}`;
  expect(openNote(note, { name, publicKey })).toBe('hello\n');
});

it('reads back its checkpoints, and none that speaks for another log', () => {
  const root = Buffer.alloc(32, 7);
  const note = signCheckpoint({ origin: name, size: 20_852_163, root }, privateKey);
  expect(note.split('\n').slice(0, 4)).toEqual([name, '20852163', root.toString('base64'), '']);
  expect(openCheckpoint(note, publicKey)).toEqual({ origin: name, size: 20_852_163, root });
  expect(openCheckpoint(note.replace(name, originOf('another')), publicKey)).toBeNull();
  expect(openCheckpoint(note.replace('20852163', '20852164'), publicKey)).toBeNull();
  for (const text of [`${name}\n01\n${root.toString('base64')}\n`, `${name}\n1\nshort\n`])
    expect(openCheckpoint(signNote(text, { name, privateKey }), publicKey)).toBeNull();
});
