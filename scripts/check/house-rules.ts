import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository, repositoryFiles } from './command.ts';

const linesMax = 300;
const generated =
  /(^|\/)(schema-types\.ts|typed-client\/graph\/graphql\.ts|supergraph\.graphql|package-lock\.json)$/;
const source = /\.(ts|mjs)$/;

async function sourceFiles(): Promise<string[]> {
  return (await repositoryFiles()).filter((file) => source.test(file) && !generated.test(file));
}

export async function longFiles(): Promise<string[]> {
  const sized = await Promise.all(
    (await sourceFiles()).map(async (file) => ({
      file,
      lines: (await readFile(join(repository, file), 'utf8')).split('\n').length - 1,
    })),
  );
  return sized
    .filter(({ lines }) => lines > linesMax)
    .map(
      ({ file, lines }) =>
        `${file} has ${lines} lines; ${linesMax} is the most. Split it by idea, not by size.`,
    );
}

const hides = /(^|\/)(utils?|helpers?|common|misc|shared|types)(\.[a-z.]+)?(\/|$)/;

/** Names that say what a file is made of instead of what it does. */
export function hidingName(file: string): boolean {
  return hides.test(file);
}

export async function hidingNames(): Promise<string[]> {
  return (await repositoryFiles())
    .filter(hidingName)
    .map((file) => `${file}: name it for what it does. If no name comes, it does several things.`);
}

interface Rule {
  /** What must not be read in a file. */
  finds: RegExp;
  /** Where it may. */
  except?: RegExp;
  /** What a file must also say for the rule not to hold against it. */
  unless?: RegExp;
  teaches: string;
}

// Tests of attacks do on purpose what nobody else may.
const attack = /\.security\.test\.ts$/;

// What oxlint cannot see: words inside SQL strings, comments and object literals.
const rules: Rule[] = [
  {
    except: attack,
    finds: /set_config\([^)]*,\s*false\s*\)|\bSET SESSION\b/,
    teaches:
      'a session setting leaks to other clients of a pooler (40 of 40, measured). Use set_config(…, true).',
  },
  {
    finds: /\bpg_(try_)?advisory_lock\(/,
    except: attack,
    teaches: 'a session lock means nothing behind a pooler. Use pg_advisory_xact_lock.',
  },
  {
    finds: /['"`]LISTEN /,
    except: /^packages\/database\/src\/hints\.ts$/,
    teaches:
      'LISTEN needs a direct connection and forgets at failover: use openHints of @kept/database, and poll as well.',
  },
  {
    finds: /\bremoveDependencyOnFailure\b/,
    teaches: 'BullMQ would drop a failed child silently and finish the parent.',
  },
  {
    finds: /\bability\s*\.\s*can\((?![^)]*subject\()[^)]*,[^)]*\)/,
    except: /\.policy\.ts$|^packages\/access-policy\//,
    teaches: 'without subject() CASL judges the word, not the row (A43). Use may() or mayRead().',
  },
  { finds: /@ts-ignore|@ts-expect-error|@ts-nocheck/, teaches: 'make the type true instead.' },
  {
    finds: /(oxlint|eslint)-disable(?!-next-line [\w/-]+(?: --|:) \S)/,
    teaches: 'only one line, only one rule, and with the reason: `// oxlint-disable-next-line rule -- why`.',
  },
  { finds: /\b(TODO|FIXME|HACK)\b/, teaches: 'do it now or open an issue.' },
  {
    finds: /\b(it|test|describe)\.(only|skip|todo)\(/,
    // Data that lies outside the repository may be absent, but that is said aloud.
    unless: /skipped: /,
    teaches: 'a test that does not run proves nothing.',
  },
];

/** The lines of one file that break a rule. */
export function forbiddenIn(file: string, text: string): string[] {
  const lines = text.split('\n');
  return rules
    .filter((rule) => !rule.except?.test(file) && !rule.unless?.test(text))
    .flatMap((rule) =>
      lines.flatMap((line, index) =>
        rule.finds.test(line) ? [`${file}:${index + 1}: ${rule.teaches}`] : [],
      ),
    );
}

export async function forbiddenWords(): Promise<string[]> {
  const itself = /^scripts\/check\//;
  const files = (await repositoryFiles()).filter(
    (file) => /\.(ts|mjs|sql|graphql)$/.test(file) && !generated.test(file) && !itself.test(file),
  );
  const found = await Promise.all(
    files.map(async (file) => forbiddenIn(file, await readFile(join(repository, file), 'utf8'))),
  );
  return found.flat();
}
