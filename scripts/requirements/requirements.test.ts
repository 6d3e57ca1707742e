import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRows, withStatus } from './catalogue.ts';
import { provenIds } from './proof.ts';

const report = (tests: [title: string, status: string][]) => ({
  testResults: [
    { assertionResults: tests.map(([title, status]) => ({ title, fullName: `a suite ${title}`, status })) },
  ],
});

it('counts an id as proven only when every test that names it passed', () => {
  const { proven, failing } = provenIds(
    report([
      ['[BOK-04] one winner', 'passed'],
      ['[BOK-04] no deadlock', 'failed'],
      ['[PAY-01, PAY-04] tokens only', 'passed'],
      ['[ENC-03][DAT-06] envelopes', 'passed'],
      ['[LOG-07] needs Redis', 'pending'],
      ['[identity A21] an attack, not a row', 'passed'],
    ]),
  );
  expect([...proven].toSorted()).toEqual(['DAT-06', 'ENC-03', 'PAY-01', 'PAY-04']);
  expect([...failing]).toEqual(['BOK-04']);
});

it('reads an id given on the describe block', () => {
  const named = {
    testResults: [
      { assertionResults: [{ title: 'x', fullName: '[SES-06] signing out x', status: 'passed' }] },
    ],
  };
  expect([...provenIds(named).proven]).toEqual(['SES-06']);
});

describe('the catalogue', () => {
  const read = () => readFile(join(import.meta.dirname, '../../docs/requirements.md'), 'utf8');

  it('has all 269 rows, each once, and no row that the parser overlooks', async () => {
    const catalogue = await read();
    expect(readRows(catalogue)).toHaveLength(269);
    expect(catalogue.split('\n').filter((line) => /^\| [A-Z]{3}-\d/.test(line))).toHaveLength(269);
  });

  it('keeps everything but the status when the status is written', async () => {
    const catalogue = await read();
    const all = new Set(readRows(catalogue).map(({ id }) => id));
    const written = withStatus(catalogue, all);
    expect(written).not.toContain('| open |');
    expect(withStatus(written, new Set()).replaceAll('| open |', '')).toBe(
      catalogue.replaceAll(/\| (open|proven) \|/g, ''),
    );
  });

  it('refuses an id that stands twice', () => {
    const line = '| ENC-01 | x | gateway | y | open |';
    expect(() => readRows(`${line}\n${line}`)).toThrow('ENC-01 twice');
  });
});
