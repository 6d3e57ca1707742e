import { testOrganization } from '@kept/testing';
import { DataSource } from 'typeorm';
import { openStage } from '../stage-for-tests.ts';
import type { Stage } from '../stage-for-tests.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { latestCheckpoint } from './prove-entry.ts';
import { sequenceEntries } from './sequence-entries.ts';
import { verifyLog } from './verify-log.ts';

// The hole this keeps closed: somebody with the whole database server edits the past and nobody notices.
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.drop());

/** Two checkpoints: over 8 entries and over 13. */
async function openLog(): Promise<{ organizationId: string; external: Checkpoint | null }> {
  const organizationId = await testOrganization(stage.database);
  for (const [count, at] of [
    [8, '2027-03-01T09:00:00Z'],
    [5, '2027-03-01T10:00:00Z'],
  ] as const) {
    await stage.admit(organizationId, count);
    await stage.database.transaction(organizationId, (tx) =>
      sequenceEntries(tx, { now: new Date(at), signingKey: stage.keys.privateKey }),
    );
  }
  const checkpoint = await stage.database.transaction(organizationId, latestCheckpoint);
  return { organizationId, external: openCheckpoint(checkpoint?.note ?? '', stage.keys.publicKey) };
}

const verify = (organizationId: string, external?: Checkpoint | null) =>
  stage.database.transaction(organizationId, (tx) =>
    verifyLog(tx, { publicKey: stage.keys.publicKey, pageSize: 4, ...(external && { external }) }),
  );

it('finds nothing wrong with a log that nobody touched', async () => {
  const { organizationId, external } = await openLog();
  expect(await verify(organizationId, external)).toMatchObject({ size: 13, checkpoints: 3, fault: null });
});

const of = (organizationId: string) => `WHERE organization_id = '${organizationId}'`;
const rehash = (where: string) =>
  `UPDATE audit_entry SET leaf_hash = sha256('\\x00'::bytea || convert_to(entry, 'UTF8')) ${where}`;

interface Fault {
  sql: (organization: string) => string;
  bad: number;
  words: string;
}

const tamperings: readonly (readonly [what: string, sql: Fault['sql'], bad: number, words: string])[] = [
  [
    'an entry that was edited',
    (o) => `UPDATE audit_entry SET entry = replace(entry, 'success', 'failure') ${of(o)} AND sequence = 5`,
    5,
    'changed',
  ],
  [
    'an entry that was edited together with its hash',
    (o) =>
      `UPDATE audit_entry SET entry = replace(entry, 'success', 'failure') ${of(o)} AND sequence = 5;
       ${rehash(`${of(o)} AND sequence = 5`)}`,
    5,
    'do not give the root',
  ],
  ['an entry that was deleted', (o) => `DELETE FROM audit_entry ${of(o)} AND sequence = 3`, 3, 'missing'],
  [
    'an entry that was deleted, the rest moved up',
    (o) =>
      `DELETE FROM audit_entry ${of(o)} AND sequence = 3;
       UPDATE audit_entry SET sequence = sequence + 1000 ${of(o)} AND sequence > 3;
       UPDATE audit_entry SET sequence = sequence - 1001 ${of(o)} AND sequence > 1000`,
    3,
    'another entry',
  ],
  [
    'two entries that changed places',
    (o) =>
      `UPDATE audit_entry SET sequence = 1000 ${of(o)} AND sequence = 6;
       UPDATE audit_entry SET sequence = 6 ${of(o)} AND sequence = 7;
       UPDATE audit_entry SET sequence = 7 ${of(o)} AND sequence = 1000`,
    6,
    'another entry',
  ],
  [
    'an entry that was put in between',
    (o) =>
      `UPDATE audit_entry SET sequence = sequence + 1000 ${of(o)} AND sequence >= 4;
       UPDATE audit_entry SET sequence = sequence - 999 ${of(o)} AND sequence > 1000;
       INSERT INTO audit_entry SELECT organization_id, 4, gen_random_uuid(), action, entry, leaf_hash, root_after
       FROM audit_entry ${of(o)} AND sequence = 2`,
    4,
    'another entry',
  ],
  [
    'an entry that was added at the end past the sequencer',
    (o) =>
      `INSERT INTO audit_entry SELECT organization_id, 13, gen_random_uuid(), action, entry, leaf_hash, root_after
       FROM audit_entry ${of(o)} AND sequence = 12`,
    13,
    'another entry',
  ],
  ['a log that was cut off', (o) => `DELETE FROM audit_entry ${of(o)} AND sequence >= 10`, 10, 'missing'],
  [
    'a log that was cut off together with its head and nodes',
    (o) =>
      `DELETE FROM audit_entry ${of(o)} AND sequence >= 10; UPDATE audit_log SET size = 10 ${of(o)};
       DELETE FROM audit_node ${of(o)} AND (index + 1) * (2::numeric ^ level) > 10`,
    10,
    'checkpoint vouches for 13',
  ],
  [
    'a hash that proofs are made of',
    (o) => `UPDATE audit_node SET hash = sha256(hash) ${of(o)} AND level = 1 AND index = 2`,
    4,
    'proofs are made of',
  ],
  [
    'a checkpoint that somebody else signed',
    // One letter alone is missing from one signature in eight.
    (o) => `UPDATE audit_checkpoint SET note = translate(note, 'ABCDEF', 'BCDEFA') ${of(o)} AND size = 13`,
    8,
    'not signed',
  ],
  [
    'people that were exchanged beside an entry',
    (o) =>
      `UPDATE audit_opening SET actor_id = gen_random_uuid() WHERE entry_id =
         (SELECT id FROM audit_entry ${of(o)} AND sequence = 9)`,
    9,
    'people',
  ],
  [
    'an action that was renamed beside an entry, to hide it from lists',
    (o) => `UPDATE audit_entry SET action = 'nothing' ${of(o)} AND sequence = 2`,
    2,
    'columns beside',
  ],
];

it.each(tamperings.map(([what, sql, bad, words]) => [what, { sql, bad, words }] as const))(
  '[LOG-07] [identity A48] names the first bad number: %s',
  async (_what, { sql, bad, words }) => {
    const { organizationId } = await openLog();
    await stage.outside(sql(organizationId));
    const { fault } = await verify(organizationId);
    expect(fault).toEqual({ sequence: bad, sentence: expect.stringContaining(words) as string });
  },
);

it('[LOG-07] [identity A48] finds one flipped bit in whichever entry it is, and names the entry', async () => {
  const { organizationId } = await openLog();
  for (let sequence = 0; sequence < 13; sequence += 1) {
    const flip = `UPDATE audit_entry SET entry = convert_from(set_bit(convert_to(entry, 'UTF8'), 160, 1 - get_bit(convert_to(entry, 'UTF8'), 160)), 'UTF8')
      ${of(organizationId)} AND sequence = ${sequence}`;
    await stage.outside(flip);
    expect((await verify(organizationId)).fault?.sequence).toBe(sequence);
    await stage.outside(flip);
    expect((await verify(organizationId)).fault).toBeNull();
  }
});

/** Makes the log again from changed entries, with all hashes right, as somebody with the program and the server could. */
async function rewrite(organizationId: string, keepCheckpoints: 'all' | 'none'): Promise<void> {
  const rows = await stage.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string; entry: string }>('SELECT id, entry FROM audit_entry ORDER BY sequence'),
  );
  await stage.outside(`DELETE FROM audit_entry ${of(organizationId)}; DELETE FROM audit_node ${of(organizationId)};
    DELETE FROM audit_log ${of(organizationId)};
    ${keepCheckpoints === 'none' ? `DELETE FROM audit_checkpoint ${of(organizationId)};` : ''}`);
  await stage.database.transaction(organizationId, async (tx) => {
    for (const [index, { id, entry }] of rows.entries()) {
      const { sequence: _number, ...facts } = JSON.parse(entry) as { sequence: number; outcome: string };
      await tx.query(
        `INSERT INTO audit_pending (id, organization_id, entry, admitted_at) VALUES ($1, $2, $3, now())`,
        [id, organizationId, JSON.stringify({ ...facts, ...(index === 10 && { outcome: 'failure' }) })],
      );
    }
    await sequenceEntries(tx, {
      now: new Date('2027-03-01T10:00:00Z'),
      signingKey: stage.keys.privateKey,
    });
  });
}

it('[LOG-07] [identity A48] finds a rewrite with right hashes by the signed checkpoints, and between which of them it lies', async () => {
  const { organizationId } = await openLog();
  await rewrite(organizationId, 'all');
  expect((await verify(organizationId)).fault).toEqual({
    sequence: 8,
    sentence: expect.stringContaining('signed checkpoint over 13 entries says otherwise') as string,
  });
});

it('[LOG-07] [identity A48] finds a full rewrite, signed again with our own key, by a checkpoint kept elsewhere', async () => {
  const { organizationId, external } = await openLog();
  await rewrite(organizationId, 'none');
  expect((await verify(organizationId)).fault).toBeNull();
  expect((await verify(organizationId, external)).fault).toMatchObject({
    sentence: expect.stringContaining('rewritten') as string,
  });
});

it('[LOG-07] [identity A48] finds a log that is gone altogether by a checkpoint kept elsewhere', async () => {
  const { organizationId, external } = await openLog();
  await stage.outside(
    ['audit_entry', 'audit_node', 'audit_log', 'audit_checkpoint']
      .map((table) => `DELETE FROM ${table} ${of(organizationId)};`)
      .join(' '),
  );
  expect((await verify(organizationId, external)).fault).toMatchObject({ sequence: 0 });
});

/** More entries, numbered and signed at this time. */
async function grow(organizationId: string, at: string, count = 3): Promise<Checkpoint | null> {
  await stage.admit(organizationId, count, { occurredAt: at });
  const checkpoint = await stage.database.transaction(organizationId, async (tx) => {
    await sequenceEntries(tx, { now: new Date(at), signingKey: stage.keys.privateKey });
    return latestCheckpoint(tx);
  });
  return openCheckpoint(checkpoint?.note ?? '', stage.keys.publicKey);
}

it('[identity A48] two writers cannot give one number twice, and a fork is found by whoever was shown the other branch', async () => {
  const { organizationId } = await openLog();
  const past = `INSERT INTO audit_entry SELECT organization_id, 13, gen_random_uuid(), action, entry, leaf_hash, root_after
    FROM audit_entry WHERE sequence = 12`;
  const write = () => stage.database.transaction(organizationId, (tx) => tx.query(past));
  const writers = await Promise.allSettled([write(), write()]);
  expect(writers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect((await verify(organizationId)).fault).toMatchObject({ sequence: 13 });
  const back = `DELETE FROM audit_entry ${of(organizationId)} AND sequence >= 13; DELETE FROM audit_checkpoint ${of(organizationId)} AND size > 13;
    DELETE FROM audit_node ${of(organizationId)} AND (index + 1) * (2::numeric ^ level) > 13; UPDATE audit_log SET size = 13 ${of(organizationId)}`;
  await stage.outside(back);
  const shown = await grow(organizationId, '2027-03-01T11:00:00.000000Z');
  await stage.outside(back);
  const other = await grow(organizationId, '2027-03-01T11:00:00.000000Z');
  expect([shown?.size, other?.size]).toEqual([16, 16]);
  // By itself each branch is a log like any other.
  expect(await verify(organizationId, other)).toMatchObject({ size: 16, fault: null });
  expect((await verify(organizationId, shown)).fault).toEqual({
    sequence: 13,
    sentence: expect.stringContaining('rewritten') as string,
  });
});

it('[identity A48] clocks that go back and ahead change no order and hide nothing', async () => {
  const { organizationId } = await openLog();
  for (const year of ['2031', '2019', '2027', '1999'])
    await grow(organizationId, `${year}-03-01T09:00:00.000000Z`, 2);
  const report = await verify(organizationId);
  expect(report).toMatchObject({ size: 21, checkpoints: 6, fault: null });
  await stage.outside(
    `UPDATE audit_entry SET sequence = 1000 ${of(organizationId)} AND sequence = 14; UPDATE audit_entry SET sequence = 14
     ${of(organizationId)} AND sequence = 15; UPDATE audit_entry SET sequence = 15 ${of(organizationId)} AND sequence = 1000`,
  );
  expect((await verify(organizationId)).fault).toMatchObject({ sequence: 14 });
});

it('[compliance A49] lets nobody change the log through the application, nor through the owner of its tables', async () => {
  const { organizationId } = await openLog();
  const owner = await new DataSource({ type: 'postgres', url: stage.ownerUrl }).initialize();
  try {
    for (const table of ['audit_entry', 'audit_node', 'audit_checkpoint', 'policy_document'])
      for (const sql of [
        `UPDATE ${table} SET organization_id = organization_id`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table}`,
      ]) {
        await expect(stage.database.transaction(organizationId, (tx) => tx.query(sql))).rejects.toThrow(
          /permission denied|only grows/,
        );
        await expect(owner.query(sql)).rejects.toThrow('only grows');
      }
    for (const sql of [
      'UPDATE consent_event SET kind = kind',
      'DELETE FROM consent_event',
      'TRUNCATE consent_event',
    ])
      await expect(owner.query(sql)).rejects.toThrow('only grow');
  } finally {
    await owner.destroy();
  }
});
