// `npm test [-- paths and jest options]`: plain JavaScript on bare Node, because it also has to install what it needs.
// One embedded PostgreSQL per run, a random port and a temporary folder: several runs may go on side by side.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { openRunFolder } from './run-folder.mjs';
import { installationIsCurrent, root, tooOld } from './start/installation.mjs';

const unfit = tooOld();
if (unfit) {
  process.stdout.write(`${unfit}\n`);
  process.exit(1);
}
const say = (line) => process.stdout.write(`${line}\n`);
const running = new Set();
let interrupted = false;

/** Runs to the end; its output is ours. `npm` is a script on Windows, hence the shell there. */
function run(command, args, { env = {}, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
      shell,
    });
    running.add(child);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(signal ? 1 : code);
    });
  });
}

async function install() {
  if (installationIsCurrent()) return;
  say('Installing the locked dependencies (npm ci)…');
  const code = await run('npm', ['ci', '--no-audit', '--no-fund'], { shell: process.platform === 'win32' });
  if (code !== 0) throw new Error('npm ci failed; see above.');
}

/** Starts scripts/test-postgres.ts and waits for its one line. Closing its input stops it, whatever happens to us. */
async function startPostgres() {
  const args = ['--import', 'tsx', '--conditions=source', 'scripts/test-postgres.ts'];
  // Detached: Ctrl-C must reach jest first and the server last.
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        if (line.trouble) say(line.trouble);
        if (line.url) resolve(line.url);
      }
    });
    child.once('close', () => reject(new Error('PostgreSQL for the tests did not start.')));
  });
  const stop = () => {
    child.stdin.end();
    return ended;
  };
  return { url, stop };
}

/** Plain JavaScript's own copy of find-program.ts in packages/testing: nothing is installed yet. */
function findProgram(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((program) => {
      try {
        accessSync(program, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function sayWhatIsThere() {
  const redis = process.env.REDIS_URL
    ? `${new URL(process.env.REDIS_URL).host} (REDIS_URL)`
    : findProgram('redis-server', 'valkey-server');
  const radicale = findProgram('radicale');
  say(
    `Redis: ${redis ?? 'none found; suites that need it are skipped (set REDIS_URL or install redis-server)'}`,
  );
  say(`CalDAV: ${radicale ?? 'no radicale found; its suite is skipped (apt-get install radicale)'}`);
}

/** Runs jest once and gives back its own JSON report. */
async function jest(args, { url, reportFile, env = {} }) {
  const fixed = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  await run(process.execPath, [...fixed, '--json', `--outputFile=${reportFile}`, ...args], {
    env: { KEPT_TEST_POSTGRES_URL: url, ...env },
  });
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch {
    return {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      numRuntimeErrorTestSuites: 1,
    };
  }
}

/** A suite that could not even be loaded counts as one failure. */
function merge(reports) {
  const sum = (...names) =>
    reports.reduce((all, one) => all + names.reduce((n, name) => n + (one[name] ?? 0), 0), 0);
  return {
    numPassedTests: sum('numPassedTests'),
    numFailedTests: sum('numFailedTests', 'numRuntimeErrorTestSuites'),
    numPendingTests: sum('numPendingTests', 'numTodoTests'),
    success: reports.every((one) => one.success),
    testResults: reports.flatMap((one) => one.testResults ?? []),
  };
}

async function build() {
  say('Building (tsc -b), because the end-to-end tests run the built product…');
  const code = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
  if (code === 0) return;
  // Nobody waits for tests of what cannot be built.
  for (const child of running) child.kill();
  throw new Error('The build failed; see above.');
}

async function runTests(url, folder) {
  const asked = process.argv.slice(2);
  const reportFile = join(folder, 'report.json');
  const isEndToEnd = (argument) => /(^|\/)e2e(\/|$)/.test(argument);
  if (asked.some(isEndToEnd)) await build();
  // Jest takes one word on how many run at a time: yours, or ours.
  const saysHowMany = asked.some((argument) => /^(-w|-i$|--maxWorkers\b|--runInBand\b)/.test(argument));
  const howMany = asked.some(isEndToEnd) ? '--runInBand' : '--maxWorkers=2';
  if (asked.length > 0)
    return merge([await jest([...(saysHowMany ? [] : [howMany]), ...asked], { url, reportFile })]);
  // Only now: it needs what has just been installed.
  const { arrangeStories, arrangeTests } = await import('./tests-together.mjs');
  const together = join(folder, 'together');
  const parts = ['--maxWorkers=2', '--runTestsByPath', ...arrangeTests(root, together)];
  // An end-to-end test waits for other processes half of its time: the stories run one after another, beside all the rest.
  // Only they need what is built. Two jests draw over each other where they think that somebody watches (TERM).
  const env = { KEPT_TESTS_TOGETHER: '1', TERM: 'dumb' };
  const stories = async () => {
    await build();
    const file = join(folder, 'end-to-end.json');
    return jest(['--runInBand', '--runTestsByPath', ...arrangeStories(root, together)], {
      url,
      reportFile: file,
      env,
    });
  };
  const reports = await Promise.all([jest(parts, { url, reportFile, env }), stories()]);
  return merge(reports);
}

async function runOn(server) {
  const folder = join(root, '.kept-test', `run-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    const report = await runTests(server.url, folder);
    const file = join(folder, 'merged.json');
    writeFileSync(file, JSON.stringify(report));
    renameSync(file, join(root, '.kept-test', 'report.json'));
    if (interrupted) say('Interrupted before the end.');
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = report;
    say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed === 0 && passed > 0 && report.success && !interrupted ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  }
}

async function main() {
  await install();
  sayWhatIsThere();
  const databases = openRunFolder();
  process.env.KEPT_TEST_FOLDER = databases;
  try {
    say('Starting PostgreSQL for the tests…');
    return await runOn(await startPostgres());
  } finally {
    rmSync(databases, { recursive: true, force: true });
  }
}

// The children get the terminal's Ctrl-C themselves; a plain kill reaches only us, so pass it on, then finish in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    if (signal !== 'SIGINT') for (const child of running) child.kill(signal);
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
