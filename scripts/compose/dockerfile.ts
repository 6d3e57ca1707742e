// Reads a Dockerfile and a .dockerignore, as far as ours go, so that the build can be tried where no engine is at hand.

export interface Instruction {
  word: string;
  /** `--from=build` becomes `from: 'build'`. */
  flags: Record<string, string>;
  rest: string;
}

export interface Stage {
  name: string;
  instructions: Instruction[];
}

function instructionOf(line: string): Instruction {
  const [, word = '', after = ''] = /^(\S+)\s+(.*)$/s.exec(line) ?? [];
  const flags: Record<string, string> = {};
  let rest = after.trim();
  for (let flag = /^--([\w-]+)=(\S+)\s+/.exec(rest); flag; flag = /^--([\w-]+)=(\S+)\s+/.exec(rest)) {
    flags[flag[1] ?? ''] = flag[2] ?? '';
    rest = rest.slice(flag[0].length);
  }
  return { word: word.toUpperCase(), flags, rest };
}

/** The stages in their order; a stage without a name is called by its number. */
export function readDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  const stages: Stage[] = [];
  for (const instruction of lines.map(instructionOf)) {
    if (instruction.word === 'FROM') {
      const name = / as (\S+)$/i.exec(instruction.rest)?.[1] ?? String(stages.length);
      stages.push({ name, instructions: [] });
    }
    stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

function patternOf(line: string): { excludes: boolean; matches: RegExp } {
  const excludes = !line.startsWith('!');
  const source = line
    .replace(/^!/, '')
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?');
  return { excludes, matches: new RegExp(`^${source}(?:/.*)?$`) };
}

/** Whether Docker would leave a path of the build context out: the last line that fits decides. */
export function readDockerignore(text: string): (path: string) => boolean {
  const patterns = text
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map(patternOf);
  return (path) => patterns.findLast(({ matches }) => matches.test(path))?.excludes ?? false;
}
