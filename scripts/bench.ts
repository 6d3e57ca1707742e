// `npm run bench -- herd`: runs one benchmark. Each prints its figures and ends with one line of JSON:
// {"bench":"herd","figures":{…},"ratio":1.8,"target":1.5,"met":true}
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface BenchResult {
  bench: string;
  figures: Record<string, number>;
  ratio: number;
  target: number;
  met: boolean;
}

const folder = join(import.meta.dirname, '../bench');

async function benchNames(): Promise<string[]> {
  const modules = await Promise.all(
    (await readdir(folder))
      .filter((file) => /^[a-z-]+\.ts$/.test(file))
      .map(async (file) => {
        const exported = (await import(pathToFileURL(join(folder, file)).href)) as { run?: unknown };
        return typeof exported.run === 'function' ? [file.replace(/\.ts$/, '')] : [];
      }),
  );
  return modules.flat().toSorted();
}

async function main(): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  const names = await benchNames();
  if (!name || !names.includes(name)) {
    process.stdout.write(
      `${name ? `There is no benchmark "${name}". ` : ''}npm run bench -- NAME, where NAME is one of: ${names.join(', ')}\n`,
    );
    return name ? 1 : 0;
  }
  const bench = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as {
    run: (words: string[]) => Promise<BenchResult>;
  };
  const result = await bench.run(rest);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.met ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
