import { createHash, randomUUID } from 'node:crypto';
import { testOrganization } from '@kept/testing';
import { openStage } from '../stage-for-tests.ts';
import type { Stage } from '../stage-for-tests.ts';
import { admitEntry } from './admit-entry.ts';
import { openCheckpoint } from './checkpoint.ts';
import { commit } from './commitment.ts';
import { latestCheckpoint, proveConsistency, proveEntry } from './prove-entry.ts';
import { sequenceEntries } from './sequence-entries.ts';
import { sequenceAll } from './sequence-entries.job.ts';
import { verifyLog } from './verify-log.ts';
import { verifyConsistency } from './verify-proof.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.drop());

const now = new Date('2027-03-01T09:00:00Z');
const sequence = (organizationId: string, more: { now?: Date; batchSize?: number } = {}) =>
  stage.database.transaction(organizationId, (tx) =>
    sequenceEntries(tx, { now, signingKey: stage.keys.privateKey, ...more }),
  );

// A verifier of its own: forty lines of RFC 9162 §2.1.3.2 over what a stranger gets, nothing imported from the log.
function strangerAccepts(proof: {
  entry: string;
  sequence: number;
  hashes: string[];
  size: number;
  root: string;
}) {
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  let hash = sha256(Uint8Array.of(0), Buffer.from(proof.entry, 'utf8'));
  let [fn, sn] = [proof.sequence, proof.size - 1];
  for (const step of proof.hashes.map((text) => Buffer.from(text, 'base64'))) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = sha256(Uint8Array.of(1), step, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else hash = sha256(Uint8Array.of(1), hash, step);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && hash.toString('base64') === proof.root;
}

it('[LOG-07] proves every entry to a stranger who has only the checkpoint', async () => {
  const organizationId = await testOrganization(stage.database);
  const ids = await stage.admit(organizationId, 23);
  await sequence(organizationId, { batchSize: 10 });
  await sequence(organizationId, { batchSize: 10 });
  await sequence(organizationId, { batchSize: 10, now: new Date(now.getTime() + 10_000) });
  for (const id of ids) {
    const found = await stage.database.transaction(organizationId, (tx) => proveEntry(tx, id));
    if (found === null) throw new Error(`no proof of ${id}`);
    const claim = openCheckpoint(found.checkpoint.note, stage.keys.publicKey);
    const proof = {
      entry: found.entry,
      sequence: found.sequence,
      hashes: found.proof.map((hash) => hash.toString('base64')),
      size: claim?.size ?? 0,
      root: claim?.root.toString('base64') ?? '',
    };
    expect(claim?.size).toBe(23);
    expect(strangerAccepts(proof)).toBe(true);
    expect(strangerAccepts({ ...proof, entry: proof.entry.replace('success', 'failure') })).toBe(false);
    expect(strangerAccepts({ ...proof, sequence: (proof.sequence + 1) % 23 })).toBe(false);
  }
});

it('[LOG-07] keeps what was said: every later log begins with the earlier one', async () => {
  const organizationId = await testOrganization(stage.database);
  const seen: { size: number; root: Buffer }[] = [];
  for (let round = 0; round < 9; round += 1) {
    await stage.admit(organizationId, round + 1);
    await sequence(organizationId, { now: new Date(now.getTime() + round * 60_000) });
    const checkpoint = await stage.database.transaction(organizationId, latestCheckpoint);
    if (checkpoint !== null) seen.push(checkpoint);
  }
  expect(seen.map(({ size }) => size)).toEqual([1, 3, 6, 10, 15, 21, 28, 36, 45]);
  for (const older of seen)
    for (const newer of seen.filter(({ size }) => size >= older.size)) {
      const proof = await stage.database.transaction(organizationId, (tx) =>
        proveConsistency(tx, { older: older.size, newer: newer.size }),
      );
      const claim = {
        older: { size: BigInt(older.size), root: older.root },
        newer: { size: BigInt(newer.size), root: newer.root },
        proof,
      };
      expect(verifyConsistency(claim)).toBe(true);
    }
});

it('[identity A48] gives gapless numbers and no fork when many sequencers and writers work at once', async () => {
  const organizationId = await testOrganization(stage.database);
  const work: Promise<unknown>[] = [];
  for (let writer = 0; writer < 24; writer += 1) {
    work.push(stage.admit(organizationId, 10));
    work.push(sequence(organizationId, { batchSize: 7 }));
  }
  await Promise.all(work);
  const { database, keys } = stage;
  await sequenceAll({ database, signingKey: keys.privateKey, clock: () => new Date(now.getTime() + 60_000) });
  const report = await stage.database.transaction(organizationId, (tx) =>
    verifyLog(tx, { publicKey: keys.publicKey, pageSize: 50 }),
  );
  expect(report).toMatchObject({ size: 240, waiting: 0, fault: null });
});

it('stores an entry once, however often it is admitted', async () => {
  const organizationId = await testOrganization(stage.database);
  const facts = {
    action: 'booking_confirmed',
    actor: { kind: 'CLIENT', id: randomUUID() },
    subject: { type: 'Booking', id: null },
    occurredAt: '1803891599123456',
    requestId: null,
    outcome: 'success',
    details: {},
  };
  const id = randomUUID();
  const admit = () =>
    stage.database.transaction(organizationId, (tx) =>
      admitEntry(tx, { id, service: 'scheduling', facts, now }),
    );
  await admit();
  await admit();
  await sequence(organizationId);
  await admit();
  expect(await sequence(organizationId)).toEqual({ sequenced: 0, size: 1 });
  const proof = await stage.database.transaction(organizationId, (tx) => proveEntry(tx, id));
  expect(JSON.parse(proof?.entry ?? '{}')).toMatchObject({
    occurredAt: '2027-03-01T08:59:59.123456Z',
    sequence: 0,
  });
});

it('[identity A47] names nobody in what is hashed, and stays provable when the people beside it are deleted', async () => {
  const organizationId = await testOrganization(stage.database);
  const actor = randomUUID();
  const dataSubjectId = randomUUID();
  const [id = ''] = await stage.admit(organizationId, 1, {
    actor: { kind: 'CLIENT', id: actor },
    dataSubjectId,
  });
  await sequence(organizationId);
  const read = () => stage.database.transaction(organizationId, (tx) => proveEntry(tx, id));
  const before = await read();
  expect(before?.entry).not.toContain(actor);
  expect(before?.entry).not.toContain(dataSubjectId);
  const [opening] = await stage.database.transaction(organizationId, (tx) =>
    tx.query<{ salt: Buffer }>('SELECT salt FROM audit_opening WHERE entry_id = $1', [id]),
  );
  const commitment = commit(opening?.salt ?? Buffer.alloc(0), 'actor', actor);
  expect(JSON.parse(before?.entry ?? '{}')).toMatchObject({ actor: { commitment } });
  await stage.database.transaction(organizationId, (tx) =>
    tx.query('DELETE FROM audit_opening WHERE data_subject_id = $1', [dataSubjectId]),
  );
  expect(await read()).toEqual(before);
  const report = await stage.database.transaction(organizationId, (tx) =>
    verifyLog(tx, { publicKey: stage.keys.publicKey }),
  );
  expect(report.fault).toBeNull();
});

it('signs a growing log every ten seconds, and at once after many entries', async () => {
  const organizationId = await testOrganization(stage.database);
  const sizes = async (afterMs: number, entries: number) => {
    await stage.admit(organizationId, entries);
    await stage.database.transaction(organizationId, (tx) =>
      sequenceEntries(tx, {
        now: new Date(now.getTime() + afterMs),
        signingKey: stage.keys.privateKey,
        checkpointEveryEntries: 20,
      }),
    );
    const checkpoint = await stage.database.transaction(organizationId, latestCheckpoint);
    return checkpoint?.size;
  };
  expect(await sizes(0, 1)).toBe(1);
  expect(await sizes(9_999, 1)).toBe(1);
  expect(await sizes(10_000, 0)).toBe(2);
  expect(await sizes(10_001, 19)).toBe(2);
  expect(await sizes(10_002, 1)).toBe(22);
});

it('[identity A48] signs what grew also after the clock was set back, and does not wait until it has caught up', async () => {
  const organizationId = await testOrganization(stage.database);
  await stage.admit(organizationId, 1);
  await sequence(organizationId, { now: new Date(now.getTime() + 3_600_000) });
  await stage.admit(organizationId, 1);
  await sequence(organizationId);
  const checkpoint = await stage.database.transaction(organizationId, latestCheckpoint);
  expect(checkpoint?.size).toBe(2);
});
