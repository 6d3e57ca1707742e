import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChild, type Child } from './child.ts';
import { claimDirectory } from './claim-directory.ts';
import { newDemoAccounts } from './demo-accounts.ts';
import { gatewayEnvironment, serviceEnvironment } from './environment.ts';
import { measureMemory } from './memory.ts';
import { freePorts, portsFrom, requireFree } from './ports.ts';
import { resetDirectory } from './reset-directory.ts';
import { loadSecrets, newSecrets, serviceNames } from './secrets.ts';
import { sentenceFor } from './trouble.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kept-stack-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the secrets', () => {
  it('are made once, readable by their owner only, and come back the same', async () => {
    const first = await loadSecrets(directory);
    expect((await stat(join(directory, 'secrets.json'))).mode & 0o777).toBe(0o600);
    expect(await loadSecrets(directory)).toEqual(JSON.parse(JSON.stringify(first)));
  });

  it('share nothing between services, nor between two stacks', () => {
    const values = (text: string): string[] => text.match(/[\w+/=-]{24,}/g) ?? [];
    const all = [newSecrets(), newSecrets()].flatMap((secrets) =>
      serviceNames.flatMap((name) => values(JSON.stringify(secrets.services[name]))),
    );
    // The head of an Ed25519 key in DER is the same for all; whole values never are.
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(2 * 4 * 6);
  });

  it('are never replaced when they cannot be read: the databases would stay closed for ever', async () => {
    await writeFile(join(directory, 'secrets.json'), '{"services":');
    await expect(loadSecrets(directory)).rejects.toThrow(/bring it back from a copy, or start over/);
    expect(await readFile(join(directory, 'secrets.json'), 'utf8')).toBe('{"services":');
  });
});

it('[AUT-03] gives every demo account a password of its own that meets the policy', () => {
  const passwords = Array.from({ length: 50 }, () => newDemoAccounts()).flatMap((accounts) =>
    accounts.map((account) => account.password),
  );
  expect(new Set(passwords).size).toBe(passwords.length);
  for (const password of passwords) {
    expect(password.length).toBeGreaterThanOrEqual(16);
    for (const kind of [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]/]) expect(password).toMatch(kind);
  }
});

it('gives each service its own keys and database, and no other service any of them', () => {
  const secrets = newSecrets();
  const surroundings = {
    ports: portsFrom(4000),
    secrets,
    smtpUrl: 'smtp://x',
    simulatorUrl: 'http://x',
    accountsFile: 'x',
  };
  for (const service of serviceNames) {
    const environment = JSON.stringify(serviceEnvironment(surroundings, service));
    for (const other of serviceNames) {
      const { rootKey, signingKey, appPassword, ownerPassword, passportKey } = secrets.services[other];
      for (const secret of [rootKey, signingKey, appPassword, passportKey])
        expect(environment.includes(secret)).toBe(service === other);
      expect(environment).not.toContain(ownerPassword);
    }
  }
  const gateway = JSON.stringify(gatewayEnvironment(surroundings));
  for (const { rootKey, signingKey, appPassword } of Object.values(secrets.services)) {
    for (const secret of [rootKey, signingKey, appPassword]) expect(gateway).not.toContain(secret);
  }
});

describe('the ports', () => {
  it('are all different when free ones are taken', async () => {
    const ports = Object.values(await freePorts());
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('that somebody else holds are named in one sentence, with the way out', async () => {
    const ports = await freePorts();
    const server = createServer().listen(ports.identity, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(requireFree(ports)).rejects.toThrow(
      `Port ${ports.identity} (identity) is taken by another program; stop it, or`,
    );
    await new Promise((resolve) => server.close(resolve));
  });

  it('move together', () => {
    expect(portsFrom(5000)).toMatchObject({ gateway: 5000, identity: 5101, postgres: 5132 });
    expect(() => portsFrom(65_500)).toThrow(/choose a lower one/);
  });
});

describe('the directory', () => {
  it('is refused while another launcher lives in it, with its process named', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await writeFile(join(directory, 'launcher.pid'), String(other.pid));
    expect(() => claimDirectory(directory)).toThrow(`Kept is already running here (process ${other.pid})`);
    other.kill();
  });

  it('is emptied by a reset, but never somebody else’s folder', async () => {
    await loadSecrets(directory);
    await resetDirectory(directory);
    expect(existsSync(join(directory, 'secrets.json'))).toBe(false);
    await writeFile(join(directory, 'thesis.txt'), 'years of work');
    await expect(resetDirectory(directory)).rejects.toThrow(/nothing was removed/);
    expect(existsSync(join(directory, 'thesis.txt'))).toBe(true);
  });

  it('is taken over from a launcher that was killed, and free again after release', async () => {
    await writeFile(join(directory, 'launcher.pid'), '999999999');
    claimDirectory(directory)();
    expect(existsSync(join(directory, 'launcher.pid'))).toBe(false);
  });
});

it.each([
  ['ENOSPC', /disk is full/],
  ['EACCES', /may not write/],
])('says %s in a sentence for people', (code, sentence) => {
  expect(sentenceFor(Object.assign(new Error('raw'), { code }))).toMatch(sentence);
});

describe('a process of the stack', () => {
  const program = `
    import { createServer } from 'node:http';
    const server = createServer((_, response) => response.end('ready')).listen(Number(process.env.PORT), '127.0.0.1');
    process.stdout.write('listening\\n');
    process.on('SIGTERM', () => { process.stdout.write('draining\\n'); server.close(); process.exit(0); });
    process.on('disconnect', () => process.exit(0));
    setTimeout(() => { if (process.env.DIE) { process.stderr.write('the reason\\n'); process.exit(3); } }, 300);
  `;
  let child: Child | undefined;
  afterEach(() => child?.kill());

  const open = async (
    environment: Record<string, string>,
    onDeath: (sentence: string) => void = () => undefined,
  ): Promise<Child> => {
    const file = join(directory, 'program.mjs');
    await writeFile(file, program);
    const { gateway: port } = await freePorts();
    child = openChild({
      name: 'example',
      nodeArguments: [file],
      directory,
      environment: { PATH: process.env['PATH'] ?? '', PORT: String(port), ...environment },
      logFile: join(directory, 'example.log'),
      readyUrl: `http://127.0.0.1:${port}/health/ready`,
      onDeath,
    });
    return child;
  };

  it('is drained when it is told to stop, and nothing is said', async () => {
    const said: string[] = [];
    const opened = await open({}, (sentence) => said.push(sentence));
    await opened.start();
    await opened.stop();
    expect(await readFile(join(directory, 'example.log'), 'utf8')).toBe('listening\ndraining\n');
    expect(said).toEqual([]);
    expect(opened.pid).toBeUndefined();
  });

  it('that dies by itself is said in a sentence with its last words', async () => {
    const said = await new Promise<string>(
      (resolve) => void open({ DIE: 'yes' }, resolve).then((opened) => opened.start()),
    );
    expect(said).toMatch(/^example ended by itself \(code 3\)/);
    expect(said).toContain('the reason');
  });

  it('that cannot start is said at once, without waiting for the deadline', async () => {
    const file = join(directory, 'broken.mjs');
    await writeFile(file, `process.stderr.write('no such setting\\n'); process.exit(1);`);
    await chmod(file, 0o600);
    child = openChild({
      name: 'example',
      nodeArguments: [file],
      directory,
      environment: {},
      logFile: join(directory, 'example.log'),
      readyUrl: 'http://127.0.0.1:9/',
      onDeath: () => undefined,
    });
    await expect(child.start()).rejects.toThrow(/example did not start \(code 1\)[\s\S]*no such setting/);
  });

  it('comes back after a kill, on the same port', async () => {
    const opened = await open({});
    await opened.start();
    const before = opened.pid;
    await opened.kill('SIGKILL');
    expect(opened.pid).toBeUndefined();
    await opened.restart();
    expect(opened.pid).not.toBe(before);
  });

  it('is weighed with what it started', async () => {
    const opened = await open({});
    await opened.start();
    const [measured] = await measureMemory([{ name: 'example', pid: opened.pid ?? 0 }]);
    expect(measured?.rssBytes).toBeGreaterThan(20 * 1024 * 1024);
    expect(measured?.pssBytes).toBeGreaterThan(0);
  });
});
