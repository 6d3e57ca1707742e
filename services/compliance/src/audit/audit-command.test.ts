import { randomUUID } from 'node:crypto';
import { testOrganization } from '@kept/testing';
import { openStage } from '../stage-for-tests.ts';
import type { Stage } from '../stage-for-tests.ts';
import { runAuditCommand } from './audit-command.ts';
import { sequenceAll } from './sequence-entries.job.ts';

let stage: Stage;
let organizationId: string;
let ids: string[];
beforeEach(async () => {
  stage = await openStage();
  organizationId = await testOrganization(stage.database);
  await testOrganization(stage.database);
  ids = await stage.admit(organizationId, 9);
  await sequenceAll({
    database: stage.database,
    signingKey: stage.keys.privateKey,
    clock: () => new Date('2027-03-01T09:00:00Z'),
  });
});
afterEach(() => stage.drop());

async function run(
  argv: string[],
  files: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const lines: string[] = [];
  const code = await runAuditCommand(argv, {
    database: stage.database,
    publicKey: stage.keys.publicKey,
    readText: (path) => Promise.resolve(files[path] ?? ''),
    print: (line) => void lines.push(line),
  });
  return { code, output: lines.join('\n') };
}

it('[LOG-07] says that untouched logs are intact, also against a checkpoint kept elsewhere', async () => {
  const kept = await run(['checkpoint']);
  expect(kept.output.startsWith(`kept.example/audit/${organizationId}\n9\n`)).toBe(true);
  const { code, output } = await run(['verify', '--checkpoint', 'kept.txt'], { 'kept.txt': kept.output });
  expect(output).toContain(`intact  ${organizationId}: 9 entries`);
  expect(output).toContain('begins with the 9 entries of the checkpoint given');
  expect(output).toContain('2 logs verified, all intact');
  expect(code).toBe(0);
});

it('[LOG-07] [identity A48] ends with an error and names the first bad entry of a log that was changed', async () => {
  await stage.outside(
    `UPDATE audit_entry SET entry = replace(entry, 'success', 'failure') WHERE sequence = 4`,
  );
  const { code, output } = await run(['verify']);
  expect(output).toContain(`BROKEN  ${organizationId}: entry 4: the entry was changed`);
  expect(code).toBe(1);
});

it('[LOG-07] [identity A48] misses a whole organization that vanished, when a checkpoint of it is kept elsewhere', async () => {
  const kept = await run(['checkpoint']);
  await stage.outside(`DELETE FROM organization WHERE id = '${organizationId}'`);
  const { code, output } = await run(['verify', '--checkpoint', 'kept.txt'], { 'kept.txt': kept.output });
  expect(output).toContain('there is no such log');
  expect(code).toBe(1);
});

it('prints a proof as a file of the public format, and says when there is none', async () => {
  const { code, output } = await run(['prove', ids[3] ?? '']);
  expect(output).toMatch(
    /^c2sp\.org\/tlog-proof@v1\nextra [A-Za-z0-9+/=]+\nindex 3\n(?:[A-Za-z0-9+/]{43}=\n){4}\nkept\.example\/audit\//,
  );
  expect(code).toBe(0);
  expect(await run(['prove', randomUUID()])).toMatchObject({ code: 1 });
});

it('[LOG-07] proves to the keeper of a checkpoint that the log only grew, and says when it did not', async () => {
  const kept = await run(['checkpoint']);
  await stage.admit(organizationId, 4);
  await sequenceAll({
    database: stage.database,
    signingKey: stage.keys.privateKey,
    clock: () => new Date('2027-03-01T10:00:00Z'),
  });
  const grown = await run(['consistency', 'kept.txt'], { 'kept.txt': kept.output });
  expect(grown.output).toMatch(/^consistency 9 13\n(?:[A-Za-z0-9+/]{43}=\n)+\nkept\.example/);
  expect(grown.code).toBe(0);
  await stage.outside(`UPDATE audit_node SET hash = sha256(hash)`);
  const broken = await run(['consistency', 'kept.txt'], { 'kept.txt': kept.output });
  expect(broken.output).toContain('does not begin with the 9 entries');
  expect(broken.code).toBe(1);
  await expect(run(['prove', ids[8] ?? ''])).rejects.toThrow('gives no valid proof');
});

it('believes no checkpoint that somebody else signed, and explains itself when it is not understood', async () => {
  const kept = await run(['checkpoint']);
  const forged = kept.output.replace('\n9\n', '\n8\n');
  await expect(run(['verify', '--checkpoint', 'f'], { f: forged })).rejects.toThrow(
    "the log's key did not sign",
  );
  await expect(run(['verify', '--checkpoint', 'f'], { f: 'nothing' })).rejects.toThrow('holds no checkpoint');
  expect(await run([])).toMatchObject({
    code: 2,
    output: expect.stringContaining('How to use it') as string,
  });
});
