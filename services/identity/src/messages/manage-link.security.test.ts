/**
 * The hole this keeps closed: a link that opens an appointment without signing in lies readable in queues, outboxes, logs or
 * backups, or a message that somebody else put together makes a mail of ours lead to their page. Only this process opens a link,
 * for the one recipient it was sealed for, while the mail is written; it is forgotten when the mail is sent.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import type { EventPayload } from '@kept/events';
import { openLog } from '@kept/subgraph-kit';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';
import { onMessageDecided } from './on-message-decided.ts';
import { openManageLink } from './open-manage-link.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const token = () => `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
const seal = (content: unknown, key: KeyObject, alg = 'ECDH-ES+A256KW') =>
  new CompactEncrypt(Buffer.from(JSON.stringify(content)))
    .setProtectedHeader({ alg, enc: 'A256GCM' })
    .encrypt(key);
const ours = (): KeyObject => {
  const [key] = test.sending.linkKeys;
  if (!key) throw new Error('the test identity has a key for links');
  return createPublicKey(key);
};

async function send(sealed: string, account: { id: string; organizationId: string }): Promise<string> {
  const messageId = randomUUID();
  const payload: EventPayload<'message.decided'> = {
    messageId,
    recipient: { kind: 'CLIENT', id: account.id },
    template: 'booking-confirmed',
    purpose: 'booking.service',
    basis: 'contract',
    parameters: { startsAt: '2027-03-28T09:00:00Z', timeZone: 'Europe/London' },
    sealed,
    allowed: true,
    reason: 'contract',
    receiptId: null,
  };
  const at = test.clock();
  const { organizationId } = account;
  const event = {
    id: randomUUID(),
    name: 'message.decided',
    organizationId,
    publisher: 'compliance',
  } as const;
  await test.databases.database.transaction(organizationId, (tx) =>
    onMessageDecided(test.identity, test.sending.log, {
      tx,
      event: { ...event, occurredAt: at, receivedAt: at, payload },
    }),
  );
  return messageId;
}
const client = async () => test.member({ organizationId: await test.organization(), roles: ['CLIENT'] });

it('[BOK-05] a sealed link stands in the mail behind #, in both forms, and nowhere once the mail is sent', async () => {
  const member = await client();
  const secret = token();
  const sealed = await seal({ recipientId: member.id, token: secret }, ours());
  const id = await send(sealed, member);
  const [mail] = await test.mailsTo(member.email);
  for (const text of [mail?.text, mail?.html])
    expect(text).toContain(`https://book.example/manage#${secret}`);
  const rows = await test.databases.database.transaction(member.organizationId, (tx) =>
    tx.query('SELECT state, sealed, parameters::text FROM outgoing_mail WHERE id = $1', [id]),
  );
  expect(rows).toMatchObject([{ state: 'SENT', sealed: null }]);
  expect(JSON.stringify(rows)).not.toContain(secret);
  const keepIt = test.databases.database.transaction(member.organizationId, (tx) =>
    tx.query('UPDATE outgoing_mail SET sealed = $2 WHERE id = $1', [id, sealed]),
  );
  await expect(keepIt).rejects.toMatchObject({ driverError: { constraint: 'finished_mails_keep_no_link' } });
});

it('[BOK-05] a link sealed for somebody else, by other keys or with another address is left out; the mail goes', async () => {
  const member = await client();
  const secret = token();
  const foreign = generateKeyPairSync('x25519').publicKey;
  const recipientId = member.id;
  for (const sealed of [
    await seal({ recipientId: randomUUID(), token: secret }, ours()),
    await seal({ recipientId, token: secret }, foreign),
    await seal({ recipientId, token: secret }, ours(), 'ECDH-ES+A128KW'),
    await seal({ recipientId, token: `//evil.example/${secret}` }, ours()),
    await seal({ recipientId, token: secret, url: 'https://evil.example' }, ours()),
  ])
    await send(sealed, member);
  const mails = await test.mailsTo(member.email);
  expect(mails).toHaveLength(5);
  for (const { text, html } of mails) {
    expect(`${text}${html}`).toContain('https://book.example');
    expect(`${text}${html}`).not.toMatch(/evil|manage#/);
    expect(`${text}${html}`).not.toContain(secret);
  }
});

it('[BOK-05] what cannot be opened is said once in the log, without what was sealed; an old key still opens', async () => {
  const lines: string[] = [];
  const log = openLog({ service: 'identity', level: 'silent' });
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    log[level] = (...said: unknown[]) => void lines.push(JSON.stringify(said));
  const [before, now] = [generateKeyPairSync('x25519'), generateKeyPairSync('x25519')];
  const account = randomUUID();
  const secret = token();
  const mail = {
    id: randomUUID(),
    account_id: account,
    sealed: await seal({ recipientId: account, token: secret }, before.publicKey),
  };
  const publicUrl = 'https://book.example/';
  const rotated = { publicUrl, log, linkKeys: [now.privateKey, before.privateKey] };
  expect(await openManageLink(mail, rotated)).toBe(`https://book.example/manage#${secret}`);
  expect(lines).toEqual([]);
  expect(await openManageLink(mail, { publicUrl, log, linkKeys: [] })).toBeUndefined();
  expect(await openManageLink({ ...mail, sealed: null }, { publicUrl, log, linkKeys: [] })).toBeUndefined();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('could not be opened');
  expect(lines[0]).not.toContain(secret);
  expect(lines[0]).not.toContain(mail.sealed);
});
