// `npm run check`: everything that can be said about the repository without running it.
// `npm run check -- lint names` runs only the named steps.
import { availableParallelism } from 'node:os';
import { commandStep, scriptStep } from './check/command.ts';
import { forbiddenWords, hidingNames, longFiles } from './check/house-rules.ts';
import { unexpectedLicences } from './check/licences.ts';
import { lockfileHoles } from './check/lockfile.ts';
import { missingDocs } from './check/docs.ts';
import { runSteps, type Step } from './check/steps.ts';

// The longest first: they start together, as many as there are processors.
const steps: Step[] = [
  commandStep('format (prettier)', 'prettier', ['--check', '--log-level=warn', '.']),
  scriptStep('generated files are current', 'scripts/generate.ts', ['--check']),
  commandStep('lint (oxlint --type-aware)', 'oxlint', ['--type-aware', '--quiet']),
  commandStep('types (tsc -b)', 'tsc', ['-b']),
  // npm comes with Node; a packageManager field would make corepack fetch another one.
  commandStep('manifests (sherif)', 'sherif', ['-r', 'root-package-manager-field']),
  commandStep('unused and unlisted (knip)', 'knip', ['--no-progress', '--no-config-hints']),
  { name: 'lockfile is complete', run: lockfileHoles },
  { name: 'licences', run: unexpectedLicences },
  { name: 'file sizes', run: longFiles },
  { name: 'names', run: hidingNames },
  { name: 'forbidden words', run: forbiddenWords },
  { name: 'docs', run: missingDocs },
];

const wanted = process.argv.slice(2);
const chosen = (step: Step): boolean =>
  wanted.length === 0 || wanted.some((word) => step.name.includes(word));
const failed = await runSteps(steps.filter(chosen), { concurrency: Math.max(2, availableParallelism()) });
process.exitCode = failed === 0 ? 0 : 1;
