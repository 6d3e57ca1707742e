/** A step answers with its problems, one text each; none means it passed. */
export interface Step {
  name: string;
  run: () => Promise<string[]>;
}

interface Outcome {
  name: string;
  problems: string[];
  seconds: number;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function runStep(step: Step): Promise<Outcome> {
  const startedAt = performance.now();
  const problems = await step.run().catch((error: unknown) => [`This step itself broke: ${String(error)}`]);
  const seconds = (performance.now() - startedAt) / 1000;
  say(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(32)} ${seconds.toFixed(1)} s`);
  return { name: step.name, problems, seconds };
}

async function runAtOnce(steps: Step[], concurrency: number): Promise<Outcome[]> {
  const waiting = [...steps];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step; step = waiting.shift()) outcomes.push(await runStep(step));
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return outcomes;
}

/** Runs some at a time, says each step as it ends, the problems together at the end; answers how many steps failed. */
export async function runSteps(steps: Step[], { concurrency }: { concurrency: number }): Promise<number> {
  const startedAt = performance.now();
  const outcomes = await runAtOnce(steps, concurrency);
  const failed = outcomes.filter((outcome) => outcome.problems.length > 0);
  for (const { name, problems } of failed) {
    say(`\n--- ${name}`);
    for (const problem of problems) say(problem);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  say(
    failed.length === 0
      ? `\ncheck: all ${outcomes.length} steps passed in ${seconds} s`
      : `\ncheck: ${failed.length} of ${outcomes.length} steps failed (${failed.map((step) => step.name).join(', ')}) in ${seconds} s`,
  );
  return failed.length;
}
