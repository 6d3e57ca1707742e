import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One requirement of OWASP ASVS 5.0.0, what meets it here, and what shows that. */
export interface Covered {
  /** `6.2.4`: chapter, section, requirement. */
  readonly id: string;
  readonly level: 1 | 2 | 3;
  readonly what: string;
  /** What tests carry in their names: `AUT-03`, `identity A16`; or `file:` and where a suite is. */
  readonly tests: readonly string[];
  /** What stands there instead of a test: a page, whose work it is, or what is missing. */
  readonly instead: string | undefined;
}

const LINE = /^(\d+\.\d+\.\d+) L([123]) \| ([^|]+) \| ([^|]+)$/;
const INSTEAD: Readonly<Record<string, string>> = {
  docs: 'in writing',
  operator: 'the operator',
  app: 'the app',
  'not needed': 'not needed here',
  open: 'open',
};
const isTest = (tag: string) =>
  /^(?:[A-Z]{3}-\d\d|(?:identity|gateway) A\d\d|payments T\d+|file:\S+)$/.test(tag);

function covered(line: string): Covered {
  const [, id = '', level, what = '', proof = ''] = LINE.exec(line) ?? [];
  if (id === '') throw new Error(`coverage.txt: not "id Ln | what | proof": ${line}`);
  const said = /^(open|deviates): .+$/.test(proof) ? proof : INSTEAD[proof];
  const tests = said === undefined ? proof.split(', ') : [];
  const unknown = tests.find((tag) => !isTest(tag));
  if (unknown !== undefined)
    throw new Error(`coverage.txt, ${id}: "${unknown}" is nothing that a test can carry.`);
  return { id, level: Number(level) as 1 | 2 | 3, what, tests, instead: said };
}

/**
 * The requirements of OWASP ASVS 5.0.0 that apply, from `coverage.txt`. Left out is what there is nothing of here: pages
 * for people, uploads, single sign-on, calls, native code.
 */
export function readCoverage(): readonly Covered[] {
  const lines = readFileSync(join(import.meta.dirname, 'coverage.txt'), 'utf8')
    .trim()
    .split('\n');
  const all = lines.map(covered);
  const twice = all.find(({ id }, at) => all.findIndex((other) => other.id === id) !== at);
  if (twice) throw new Error(`coverage.txt: ${twice.id} is there twice.`);
  return all;
}
