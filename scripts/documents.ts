// `npm run -s documents -- [--app ID] [--published DATE] FILE…|DIRECTORY… > manifest.json`: makes a manifest of trusted
// documents from .graphql files, for apps whose build makes none. A line `# purposes: …` in a file says why its operations ask.
import { parseArgs } from 'node:util';
import { manifestOf } from './release/make-manifest.ts';
import { operationFiles } from './release/operation-files.ts';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { app: { type: 'string' }, published: { type: 'string' } },
  });
  if (positionals.length === 0)
    throw new Error('Say which .graphql files or folders: npm run documents -- FILE…');
  const publishedAt = values.published === undefined ? undefined : new Date(values.published).toISOString();
  process.stdout.write(manifestOf(operationFiles(positionals), { app: values.app, publishedAt }));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
