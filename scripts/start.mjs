// `npm start`: from a fresh clone to a running Kept. Plain JavaScript on bare Node, because it installs what the rest needs.
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, installationIsCurrent, installLocked, root, tooOld } from './start/installation.mjs';
import { readOptions, usage } from './start/options.mjs';
import { welcome } from './start/welcome.mjs';

const say = (text) => process.stdout.write(`${text}\n`);

let stepStartedAt = 0;
let stepName = '';
function endStep() {
  if (stepName)
    say(`  ok  ${stepName.padEnd(32)} ${((performance.now() - stepStartedAt) / 1000).toFixed(1)} s`);
  stepName = '';
}
function step(name) {
  endStep();
  stepName = name;
  stepStartedAt = performance.now();
  // On a terminal the running step is visible; the next line overwrites it.
  if (process.stdout.isTTY) process.stdout.write(`  …   ${name}\r`);
}

const interruption = new AbortController();
let stack = null;
let stopping = null;

async function stop(code) {
  process.exitCode = code;
  await stack?.stop();
  say('Stopped.');
  process.exit(code);
}

function interrupted() {
  if (stopping || interruption.signal.aborted) {
    say('Stopping at once.');
    stack?.abort();
    process.exit(130);
  }
  say('\nStopping: requests and jobs in progress are finished first. Ctrl-C again stops at once.');
  if (stack) stopping = stop(0);
  else interruption.abort(new Error('interrupted'));
}

/** A part died by itself: nothing is started again silently, because something is wrong. */
function died(sentence) {
  if (stopping) return;
  endStep();
  say(
    `\n${sentence}\nWithout it Kept cannot go on, so everything is being stopped. \`npm start\` starts it again with what was kept.`,
  );
  if (stack) stopping = stop(1);
}

/** Node reads whom to trust once, when it starts: so we start once more, trusting the certificate we have just made. */
function startTrusting(certificateFile, { port, directory }) {
  endStep();
  const words = ['--tls', '--port', String(port), '--directory', directory];
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1], ...words], {
    stdio: 'inherit',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certificateFile },
  });
  // The terminal's Ctrl-C reaches both of us; a plain kill reaches us alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal);
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  return new Promise((ended) => {
    child.once('close', (code) => {
      process.exitCode = code ?? 1;
      ended();
    });
  });
}

async function main() {
  const old = tooOld();
  if (old) throw new Error(old);
  const options = readOptions(process.argv.slice(2));
  if (options.help) return say(usage);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupted);
  say('Starting Kept');
  if (!installationIsCurrent()) {
    step('dependencies (npm ci)');
    await installLocked();
  }
  interruption.signal.throwIfAborted();
  step('build (tsc -b)');
  await build();
  interruption.signal.throwIfAborted();
  const { machineCertificate, portsFrom, resetDirectory, startStack } = await import(
    pathToFileURL(join(root, 'packages/local-stack/dist/index.js')).href
  );
  const directory = resolve(root, options.directory);
  if (options.reset) {
    step('reset');
    await resetDirectory(directory);
  }
  const certificate = options.tls && (await machineCertificate(join(directory, 'tls'), new Date()));
  if (certificate && process.env.NODE_EXTRA_CA_CERTS !== certificate.certificateFile) {
    return startTrusting(certificate.certificateFile, options);
  }
  const ports = portsFrom(options.port);
  stack = await startStack({
    directory,
    ports,
    from: 'dist',
    ...(certificate && { certificate }),
    ...(process.env.REDIS_URL && { redisUrl: process.env.REDIS_URL }),
    signal: interruption.signal,
    onProgress: step,
    onDeath: died,
  });
  endStep();
  say(welcome(stack, options.directory));
}

try {
  await main();
} catch (error) {
  if (stepName) say(`  --  ${stepName}`);
  say(interruption.signal.aborted ? 'Stopped.' : `\n${await sentenceOf(error)}`);
  process.exit(interruption.signal.aborted ? 0 : 1);
}

async function sentenceOf(error) {
  try {
    const { sentenceFor } = await import(
      pathToFileURL(join(root, 'packages/local-stack/dist/index.js')).href
    );
    return sentenceFor(error);
  } catch {
    return error.message; // Not built yet.
  }
}
