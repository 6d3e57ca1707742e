import { lastName, readLockfile, type Lockfile } from './lockfile.ts';

const welcome = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'Python-2.0',
  '(MIT AND BSD-3-Clause)',
  '(MIT OR EUPL-1.1+)',
]);

// Elastic-2.0 is not an OSI licence. README and docs/dependencies.md say so, and no other package may join quietly.
const knownElastic = new Set([
  '@apollo/composition',
  '@apollo/federation-internals',
  '@apollo/gateway',
  '@apollo/query-graphs',
  '@apollo/query-planner',
]);

// One package each, decided in docs/dependencies.md. MPL-2.0 asks for changes to its own files back, and we change none;
// CC0-1.0 gives a list away.
const decided: Readonly<Record<string, string>> = {
  'ical.js': 'MPL-2.0',
  'disposable-email-domains-js': 'CC0-1.0',
};

/** Production packages under a licence nobody here has agreed to. */
export function unexpectedIn(lock: Lockfile): string[] {
  return Object.entries(lock.packages).flatMap(([key, entry]) => {
    if (!key.includes('node_modules/') || entry.dev || entry.devOptional || entry.link) return [];
    const licence = entry.license ?? 'no licence';
    const name = lastName(key);
    if (welcome.has(licence) || (licence === 'Elastic-2.0' && knownElastic.has(name))) return [];
    if (decided[name] === licence) return [];
    return [
      `${name}@${entry.version ?? '?'} is under ${licence}: decide, and write it down in docs/dependencies.md.`,
    ];
  });
}

export async function unexpectedLicences(): Promise<string[]> {
  return unexpectedIn(await readLockfile());
}
