// `npm start` as a newcomer meets it: what it prints works, what it keeps is there again, and its bad days are sentences.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, quickFolder } from '@kept/testing';

const root = join(import.meta.dirname, '..');
const directory = quickFolder('kept-launcher-');
// Below the ports that systems hand out to outgoing connections.
const port = 10_000 + Math.floor(Math.random() * 15_000);
const longMs = 180_000;

/** A launcher and what it has said so far. */
class Launcher {
  said = '';
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(...words: string[]) {
    const command = ['scripts/start.mjs', '--port', String(port), '--directory', directory, ...words];
    this.process = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const hear = (chunk: Buffer): void => void (this.said += chunk.toString());
    this.process.stdout?.on('data', hear);
    this.process.stderr?.on('data', hear);
    this.ended = new Promise((resolve) => this.process.once('close', resolve));
  }

  async running(): Promise<this> {
    await eventually(
      () => {
        if (this.process.exitCode !== null) throw new Error(`It ended:\n${this.said}`);
        return this.said.includes('Kept is running');
      },
      { withinMs: longMs },
    );
    return this;
  }
}

const launchers: Launcher[] = [];
const launch = (...words: string[]): Launcher => {
  const launcher = new Launcher(...words);
  launchers.push(launcher);
  return launcher;
};

afterAll(async () => {
  for (const { process: child, ended } of launchers) {
    child.kill('SIGINT');
    await ended;
  }
  rmSync(directory, { recursive: true, force: true });
}, longMs);

const secrets = (): string => readFileSync(join(directory, 'secrets.json'), 'utf8');
const services = `{"query":"{ services { id name } }"}`;

async function firstQuery(said: string): Promise<string> {
  const [, url = '', organization = ''] = /curl -s (\S+) .*kept-organization: ([\w-]+)/.exec(said) ?? [];
  const headers = { 'content-type': 'application/json', 'kept-organization': organization };
  return (await fetch(url, { method: 'POST', headers, body: services })).text();
}

describe('npm start', () => {
  let launcher: Launcher;
  let made = '';

  beforeAll(async () => {
    launcher = await launch().running();
    made = secrets();
  }, longMs);

  it('says each step, and where everything is', () => {
    for (const step of ['PostgreSQL', 'databases and migrations', 'demo data', 'services and gateway']) {
      expect(launcher.said).toMatch(new RegExp(`ok {2}${step} +\\d+\\.\\d s`));
    }
    for (const word of ['Graph ', 'GraphiQL ', 'Mailbox ', 'provider@riverside.example'])
      expect(launcher.said).toContain(word);
  });

  it('prints a first query that works', async () => {
    expect(await firstQuery(launcher.said)).toContain('Follow-up');
  });

  it(
    'signs a member of staff in with password and code, by the printed command',
    () => {
      const words = [
        '--import',
        'tsx',
        '--conditions=source',
        'scripts/sign-in.ts',
        'provider',
        '--directory',
        directory,
      ];
      const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
      expect(`${stdout}${stderr}`).toMatch(
        /\(PROVIDER\) is signed in until .*[\s\S]*curl -s http.*Bearer ey/,
      );
    },
    longMs,
  );

  it('serves GraphiQL from here alone', async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    expect(text.toLowerCase()).toContain('graphiql');
    expect(text).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it(
    'says in one sentence that it already runs',
    async () => {
      const second = launch();
      expect(await second.ended).toBe(1);
      expect(second.said).toContain(`Kept is already running here (process ${launcher.process.pid})`);
    },
    longMs,
  );

  it(
    'says which part died, with its last words, and stops the rest',
    async () => {
      const { processId } = JSON.parse(readFileSync(join(directory, 'stack.json'), 'utf8')) as {
        processId: number;
      };
      expect(processId).toBe(launcher.process.pid);
      const postmaster = Number(
        readFileSync(join(directory, 'postgres/postmaster.pid'), 'utf8').split('\n')[0],
      );
      process.kill(postmaster, 'SIGKILL');
      expect(await launcher.ended).toBe(1);
      expect(launcher.said).toContain('PostgreSQL ended although nobody asked it to.');
    },
    longMs,
  );

  it(
    'starts again after that with what was kept, and drains on Ctrl-C',
    async () => {
      launcher = await launch().running();
      expect(secrets()).toBe(made);
      expect(await firstQuery(launcher.said)).toContain('Follow-up');
      launcher.process.kill('SIGINT');
      expect(await launcher.ended).toBe(0);
      expect(launcher.said).toMatch(/requests and jobs in progress are finished first[\s\S]*Stopped\.\n$/);
    },
    longMs,
  );

  it(
    'starts over with --reset',
    async () => {
      launcher = await launch('--reset').running();
      expect(secrets()).not.toBe(made);
      expect(await firstQuery(launcher.said)).toContain('Follow-up');
    },
    longMs,
  );

  it(
    'survives its own violent end: the services notice, and the next start settles PostgreSQL',
    async () => {
      launcher.process.kill('SIGKILL');
      await launcher.ended;
      const gone = () =>
        fetch(`http://127.0.0.1:${port}/health/live`).then(
          () => false,
          () => true,
        );
      await eventually(gone, { withinMs: 30_000 });
      await launch().running();
    },
    longMs,
  );
});
