// The launcher is plain JavaScript that must run before anything is installed, so it is tried as Node would run it.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = import.meta.dirname;

function evaluate(file: string, expression: string): unknown {
  const program = `import * as it from ${JSON.stringify(join(folder, file))};
    let answer; try { answer = ${expression}; } catch (error) { answer = { refused: error.message }; }
    process.stdout.write(JSON.stringify(answer));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout);
}

it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('starts on Node %s', (version) => {
  expect(evaluate('installation.mjs', `it.tooOld('${version}')`)).toBeNull();
});

it.each(['18.20.4', '20.18.3'])('says in a sentence that Node %s is too old', (version) => {
  expect(evaluate('installation.mjs', `it.tooOld('${version}')`)).toContain(
    `Kept needs Node 20.19 or newer (24 LTS is best); this is Node ${version}.`,
  );
});

it('imports only what Node brings, so that an old Node comes as far as the sentence', () => {
  // Only built-in modules before the check, and none of the built product.
  const program = `import { readFileSync } from 'node:fs';
    const text = ['../start.mjs', 'installation.mjs', 'options.mjs', 'welcome.mjs'].map((file) => readFileSync(${JSON.stringify(folder)} + '/' + file, 'utf8')).join('');
    process.stdout.write(JSON.stringify([...text.matchAll(/^import .* from '([^']+)'/gm)].map((found) => found[1])));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  for (const module of JSON.parse(stdout) as string[]) expect(module).toMatch(/^(node:|\.)/);
});

describe('the options', () => {
  it('are few, and have defaults', () => {
    expect(evaluate('options.mjs', 'it.readOptions([])')).toEqual({
      reset: false,
      help: false,
      tls: false,
      port: 4000,
      directory: '.kept',
    });
    expect(evaluate('options.mjs', `it.readOptions(['--tls'])`)).toMatchObject({ tls: true });
    expect(evaluate('options.mjs', `it.readOptions(['--reset', '--port', '5000'])`)).toMatchObject({
      reset: true,
      port: 5000,
    });
  });

  it.each([
    [['--rest'], /There is no option --rest/],
    [['--port', 'x'], /needs a port number/],
    [['--port'], /needs a port number/],
  ])('refuse %j with a sentence', (given, sentence) => {
    expect(evaluate('options.mjs', `it.readOptions(${JSON.stringify(given)})`)).toEqual({
      refused: expect.stringMatching(sentence),
    });
  });
});

describe('the installation', () => {
  let directory = '';
  const lock = (packages: object): string => JSON.stringify({ packages });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kept-installation-'));
    await mkdir(join(directory, 'node_modules'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const isCurrent = async (wanted: object, installed: object | null): Promise<unknown> => {
    await writeFile(join(directory, 'package-lock.json'), lock(wanted));
    if (installed) await writeFile(join(directory, 'node_modules/.package-lock.json'), lock(installed));
    return evaluate('installation.mjs', `it.installationIsCurrent(${JSON.stringify(directory)})`);
  };
  const pg = { 'node_modules/pg': { version: '8.23.1' } };

  it('is current when every locked package is there in its version', async () => {
    expect(await isCurrent(pg, pg)).toBe(true);
  });

  it('is not current when a package is missing, of another version, or nothing was installed', async () => {
    expect(await isCurrent(pg, {})).toBe(false);
    expect(await isCurrent(pg, { 'node_modules/pg': { version: '8.0.0' } })).toBe(false);
    await rm(join(directory, 'node_modules'), { recursive: true });
    expect(await isCurrent(pg, null)).toBe(false);
  });

  it('does not miss the binaries of other systems', async () => {
    const darwin = { 'node_modules/@swc/core-darwin-arm64': { version: '1.0.0', optional: true } };
    expect(await isCurrent({ ...pg, ...darwin }, pg)).toBe(true);
  });
});
