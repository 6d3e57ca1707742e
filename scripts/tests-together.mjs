// Loading the modules of a service or of the gateway costs a suite one or two seconds of processor time, and there are three
// hundred suites. A whole run therefore puts some of a workspace into one jest environment: each file becomes a function that
// a `describe` calls, with its hooks inside. Asked for by path, every file runs alone, as it always did.
//
// What may not be wrapped runs alone: a file that exports something or waits at its top level. End-to-end stories share where
// they say so, and with the environment a stack.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import swc from '@swc/jest';

const IMPORTS = /^import\s[^;]*?;$/gm;
const ALONE = /^(?:export\b|await\b|(?:const|let) [^=]*= await\b)|\bjest\./m;
const FILES_TOGETHER = 16;

/** A test file as a module whose default export does what its top level did. Lines stay where they are. */
function asFunction(source) {
  const imports = source.match(IMPORTS) ?? [];
  const body = source.replaceAll(IMPORTS, (text) => text.replaceAll(/[^\n]/g, ''));
  return `${imports.join(' ').replaceAll('\n', ' ')} export default function () {${body}\n}\n`;
}

const slashes = (path) => path.replaceAll('\\', '/');
const ON_ONE_STACK = /\bopenSharedStack\(/;

const mayShare = (file) => {
  const path = slashes(file);
  if (!/\/(?:gateway|services|packages|e2e)\/.*\.test\.ts$/.test(path)) return false;
  const text = readFileSync(file, 'utf8');
  return !ALONE.test(text) && (ON_ONE_STACK.test(text) || !/\/e2e\//.test(path));
};
const wraps = (file) => process.env.KEPT_TESTS_TOGETHER === '1' && mayShare(file);

/** The transformer of jest.config.mjs: swc, after wrapping what runs together. */
export default {
  createTransformer(options) {
    const inner = swc.createTransformer(options);
    const given = (source, file) => (wraps(file) ? asFunction(source) : source);
    return {
      ...inner,
      process: (source, file, more) => inner.process(given(source, file), file, more),
      processAsync: (source, file, more) => inner.processAsync(given(source, file), file, more),
      getCacheKey: (source, file, more) => inner.getCacheKey(given(source, file), file, more),
    };
  },
};

function testsBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist|\..*)$/.test(entry.name) ? [] : testsBelow(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

/** One file that runs several, each in a `describe` of its name; `first` is what it says before them. */
function writeAsOne(files, { root, path, first = '' }) {
  const lines = files.map((file, index) => {
    const from = slashes(relative(dirname(path), file));
    return `import t${index} from '${from}';\ndescribe('${slashes(relative(root, file))}', t${index});\n`;
  });
  writeFileSync(path, first + lines.join(''));
  return path;
}

/** Files that each hold several suites of one workspace (`gateway`, `services/identity`), written into a folder. */
function writeTogether(files, { root, into }) {
  const workspaces = new Map();
  for (const file of files) {
    const [workspace] = /^(?:gateway|[^/]+\/[^/]+)(?=\/)/.exec(slashes(relative(root, file)));
    workspaces.set(workspace, [...(workspaces.get(workspace) ?? []), file]);
  }
  return [...workspaces].flatMap(([workspace, all]) => {
    const count = Math.ceil(all.length / FILES_TOGETHER);
    return Array.from({ length: count }, (_, number) => {
      const mine = all.filter((__, index) => index % count === number);
      const path = join(into, `${workspace.replace('/', '-')}-${number + 1}.test.ts`);
      return writeAsOne(mine, { root, path });
    });
  });
}

const isStory = (root, file) => relative(root, file).startsWith('e2e');

/** Every unit and component test as jest should run it: files that run alone, and files made of several in `into`. */
export function arrangeTests(root, into) {
  mkdirSync(into, { recursive: true });
  const all = testsBelow(root)
    .filter((file) => !isStory(root, file))
    .toSorted((one, other) => statSync(other).size - statSync(one).size);
  const together = writeTogether(all.filter(mayShare), { root, into });
  return [...together, ...all.filter((file) => !mayShare(file))];
}

/** Every end-to-end story: alone, but for those that share a stack, which are one file that stops it. */
export function arrangeStories(root, into) {
  mkdirSync(into, { recursive: true });
  const all = testsBelow(join(root, 'e2e'));
  const stack = slashes(relative(into, join(root, 'e2e/stack.ts')));
  const first = `import { stopSharedStack } from '${stack}';\nafterAll(stopSharedStack);\n`;
  const path = join(into, 'stories-on-one-stack.test.ts');
  return [...all.filter((file) => !mayShare(file)), writeAsOne(all.filter(mayShare), { root, path, first })];
}
