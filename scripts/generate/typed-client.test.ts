import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { TYPED_CLIENT } from './typed-client.ts';

it('docs/clients.md shows the settings with which the sample client is generated', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/clients.md'), 'utf8');
  const shown = parse(/^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '') as {
    generates: Record<string, object>;
  };
  expect(shown.generates['src/graph/']).toEqual({ preset: 'client', ...TYPED_CLIENT });
});
