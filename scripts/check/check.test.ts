import { copyFile, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repository, runCommand } from './command.ts';
import { isExplained } from './docs.ts';
import { forbiddenIn, hidingName } from './house-rules.ts';
import { unexpectedIn } from './licences.ts';
import { holesIn } from './lockfile.ts';

describe('the lockfile check', () => {
  it('names the platform binaries that a lock leaves out', () => {
    const lock = {
      packages: {
        'node_modules/oxlint': {
          version: '1.0.0',
          optionalDependencies: { '@oxlint/linux-x64': '1', '@oxlint/darwin-arm64': '1' },
        },
        'node_modules/jest/node_modules/@oxlint/linux-x64': { version: '1.0.0' },
      },
    };
    expect(holesIn(lock)).toEqual(['oxlint@1.0.0 lacks 1 in package-lock.json: @oxlint/darwin-arm64']);
  });
});

describe('the licence check', () => {
  const under = (name: string, license: string, dev = false) =>
    unexpectedIn({ packages: { [`node_modules/${name}`]: { version: '1.0.0', license, dev } } });

  it('lets nobody but the five known Apollo packages in under Elastic-2.0', () => {
    expect(under('@apollo/gateway', 'Elastic-2.0')).toEqual([]);
    expect(under('another', 'Elastic-2.0')).toHaveLength(1);
  });

  it('asks about a licence nobody has agreed to, in production only', () => {
    expect(under('another', 'AGPL-3.0')).toHaveLength(1);
    expect(under('another', 'AGPL-3.0', true)).toEqual([]);
  });
});

it('finds a dependency explained alone, in a list or as a family, and no other', () => {
  const page =
    '| package | for |\n| graphql 16 | x |\n| typeorm 1, `pg` 8 | x |\n| @zxcvbn-ts/* 4 | x |\nreact is mentioned';
  for (const name of ['graphql', 'typeorm', 'pg', '@zxcvbn-ts/core'])
    expect(isExplained(page, name)).toBe(true);
  for (const name of ['react', 'graph', '@casl/ability']) expect(isExplained(page, name)).toBe(false);
});

describe('the names check', () => {
  it.each(['src/utils.ts', 'src/helpers/money.ts', 'common/x.ts', 'src/types.d.ts', 'misc/a.test.ts'])(
    'refuses %s',
    (file) => {
      expect(hidingName(file)).toBe(true);
    },
  );

  it.each(['src/schema-types.ts', 'src/bookings/booking.ts', 'src/shared-key.ts'])('accepts %s', (file) => {
    expect(hidingName(file)).toBe(false);
  });
});

describe('the forbidden words', () => {
  it.each([
    ["query(`select set_config('kept.organization', $1, false)`)"],
    ['select pg_advisory_lock(1)'],
    ['new Job({ removeDependencyOnFailure: true })'],
    ["if (ability.can('read', booking)) return;"],
    ["it.skip('later')"],
    ['// @ts-ignore'],
    ['/* oxlint-disable */'],
    ['// oxlint-disable-next-line no-console'],
  ])('finds %s', (line) => {
    expect(forbiddenIn('services/scheduling/src/x.ts', `fine\n${line}\n`)).toEqual([
      expect.stringMatching(/^services\/scheduling\/src\/x\.ts:2: /),
    ]);
  });

  it.each([
    ["set_config('kept.organization', $1, true)"],
    ['pg_advisory_xact_lock(1)'],
    ["ability.can('read', subject('Booking', row))"],
    ['// oxlint-disable-next-line max-params -- the signature is graphql-js’s'],
  ])('leaves %s alone', (line) => {
    expect(forbiddenIn('services/scheduling/src/x.ts', line)).toEqual([]);
  });
});

describe('lint', () => {
  // The rules go by path, so the planted files lie in a folder laid out like the repository.
  const planted: [file: string, text: string, message: string | null][] = [
    [
      'services/scheduling/src/queue.ts',
      `import { Queue } from 'bullmq';\nexport const queue = new Queue('x');\n`,
      'Only packages/jobs speaks BullMQ',
    ],
    [
      'packages/jobs/src/queue.ts',
      `import { Queue } from 'bullmq';\nexport const queue = new Queue('x');\n`,
      null,
    ],
    [
      'services/scheduling/src/redis.ts',
      `import { Redis } from 'ioredis';\nexport const redis = new Redis();\n`,
      'Only packages/jobs speaks Redis',
    ],
    [
      'services/scheduling/src/may.ts',
      `import { subject } from '@casl/ability';\nexport const it = subject('A', {});\n`,
      'Who may do what is said in x.policy.ts',
    ],
    [
      'services/scheduling/src/booking.policy.ts',
      `import { subject } from '@casl/ability';\nexport const it = subject('A', {});\n`,
      null,
    ],
    [
      'services/scheduling/src/charge.ts',
      `import Stripe from 'stripe';\nexport const it = new Stripe('x');\n`,
      'Stripe is spoken in one adapter only',
    ],
    [
      'services/payments/src/provider/stripe-adapter.ts',
      `import Stripe from 'stripe';\nexport const it = new Stripe('x');\n`,
      null,
    ],
    [
      'services/scheduling/src/port.ts',
      `export const port = process.env['PORT'];\n`,
      'Read the environment once, in config.ts',
    ],
    ['services/scheduling/src/config.ts', `export const port = process.env['PORT'];\n`, null],
    [
      'services/scheduling/src/sum.ts',
      `import { add } from './utils.ts';\nexport const two = add(1, 1);\n`,
      'Name the file for what it does',
    ],
    ['services/scheduling/src/say.ts', `console.log('x');\n`, 'no-console'],
    ['services/scheduling/src/main.ts', `export default 1;\n`, 'no-default-export'],
    ['services/scheduling/src/any.ts', `export const x = (y: any): unknown => y;\n`, 'no-explicit-any'],
    [
      'services/scheduling/src/a.test.ts',
      `import { jest } from '@jest/globals';\njest.mock('./clock.ts');\n`,
      'We mock no modules',
    ],
    [
      'services/scheduling/src/bull.ts',
      `export const on = (o: { removeDependencyOnFailure: boolean }) => o.removeDependencyOnFailure;\n`,
      'BullMQ would drop a failed child silently',
    ],
  ];
  let folder = '';
  const found = new Map<string, string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kept-lint-'));
    for (const [file, text] of planted) {
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    // The exceptions' paths count from where the configuration lies.
    await copyFile(join(repository, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    const { output } = await runCommand('sh', [
      '-c',
      `cd '${folder}' && '${join(repository, 'node_modules/.bin/oxlint')}' --no-ignore -f json .`,
    ]);
    const report = JSON.parse(output) as {
      diagnostics: { filename: string; code: string; message: string; help?: string }[];
    };
    for (const { filename, code, message, help } of report.diagnostics) {
      found.set(filename, `${found.get(filename) ?? ''}${code} ${message} ${help ?? ''}\n`);
    }
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(planted)('judges %s as the house rules say', (file, _text, message) => {
    if (message === null) expect(found.get(file)).toBeUndefined();
    else expect(found.get(file)).toContain(message);
  });
});
