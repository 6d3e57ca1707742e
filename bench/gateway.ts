// `npm run bench -- gateway`: our gateway with everything on (trusted documents, tokens, passports, limits, budgets, card data,
// authorization, records, timeouts) against a bare `@apollo/gateway` behind Apollo Server, which has none of it, on the same
// supergraph and the same operation over all four subgraphs; with both of our executors. The subgraphs answer from memory, so
// that the gateway is what is measured; every request has different variables, so nobody's joining of equal requests helps.
// Slices of a fixed number of requests alternate A B C A B C; the medians are compared. `--peers` adds
// @graphql-hive/gateway, installed into a folder of its own.
import { withCast, type Cast, type Side } from './gateway/cast.ts';
import { startHiveGateway } from './gateway/hive-gateway.ts';
import { shareOfAuthorization } from './gateway/profile.ts';
import { assertSameAnswer, measure, quantile, type Slice } from './gateway/slices.ts';

const ROUNDS = 9;
const TARGETS = { stock: 2, compiled: 3.5, hive: 2, authorizationPercent: 1 };

/** Runs the benchmark and prints its figures. */
export function run(words: readonly string[]) {
  return withCast(async (cast) => {
    const sides = await startSides(cast, words.includes('--peers'));
    await assertSameAnswer(sides);
    const slices = await measure(sides, ROUNDS);
    for (const { child } of sides) child.kill();
    const share = await shareOfAuthorization(cast, { KEPT_EXECUTOR: 'compiled' });
    return report(slices, share * 100);
  });
}

async function startSides(cast: Cast, withPeers: boolean): Promise<Side[]> {
  return [
    await cast.startOurs('stock', { environment: { KEPT_EXECUTOR: 'stock' } }),
    await cast.startOurs('compiled', { environment: { KEPT_EXECUTOR: 'compiled' } }),
    await cast.startBare(),
    ...(withPeers ? [await startHiveGateway(cast)] : []),
  ];
}

const NAMES: Readonly<Record<string, string>> = {
  stock: 'kept, stock executor',
  compiled: 'kept, compiled executor',
  bare: '@apollo/gateway, bare',
  hive: '@graphql-hive/gateway, bare',
};

function report(slices: ReadonlyMap<string, readonly Slice[]>, authorizationPercent: number) {
  const figures: Record<string, number> = {};
  const median = (name: string, figure: keyof Slice) =>
    quantile(
      (slices.get(name) ?? []).map((slice) => slice[figure]),
      0.5,
    );
  const rounded = (value: number) => Math.round(value * 100) / 100;
  for (const name of slices.keys()) {
    figures[`${name}RequestsPerSecond`] = rounded(median(name, 'requestsPerSecond'));
    figures[`${name}MedianMs`] = rounded(median(name, 'medianMs'));
    figures[`${name}P99Ms`] = rounded(median(name, 'p99Ms'));
    figures[`${name}CpuMs`] = rounded(median(name, 'cpuMs'));
    process.stdout.write(
      `${(NAMES[name] ?? name).padEnd(28)} ${String(figures[`${name}RequestsPerSecond`]).padStart(8)} requests/s, median ` +
        `${figures[`${name}MedianMs`]} ms, p99 ${figures[`${name}P99Ms`]} ms, ${figures[`${name}CpuMs`]} ms of processor each\n`,
    );
  }
  const times = (one: string, other: string) =>
    rounded(median(one, 'requestsPerSecond') / median(other, 'requestsPerSecond'));
  const stock = times('stock', 'bare');
  const ratio = times('compiled', 'bare');
  const hive = slices.has('hive') ? times('compiled', 'hive') : undefined;
  Object.assign(figures, {
    stockTimesBare: stock,
    compiledTimesBare: ratio,
    ...(hive && { compiledTimesHive: hive }),
  });
  figures['authorizationPercent'] = rounded(authorizationPercent);
  process.stdout.write(
    `${stock} times the bare gateway with the stock executor (target ${TARGETS.stock}), ${ratio} with the compiled one ` +
      `(target ${TARGETS.compiled})${hive ? `, ${hive} times Hive Gateway (target ${TARGETS.hive})` : ''}; ` +
      `authorization takes ${rounded(authorizationPercent)} % of the processor time (target ${TARGETS.authorizationPercent})\n`,
  );
  const met =
    stock >= TARGETS.stock &&
    ratio >= TARGETS.compiled &&
    (hive ?? TARGETS.hive) >= TARGETS.hive &&
    authorizationPercent <= TARGETS.authorizationPercent;
  return { bench: 'gateway', figures, ratio, target: TARGETS.compiled, met };
}
