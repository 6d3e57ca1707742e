// What does fairness cost, and does it hold? Two parts, one run.
//
// 1. The arbiter's own statements under five kinds of crowd (bench/herd/scenes.ts): one resource, three of five, expired holds
//    in the way, bookings that swap places, sixteen that want one hour; on PostgreSQL 18 as npm brings it, and on the oldest we
//    run on, 15, where the machine has it. No two rows may overlap, PostgreSQL may break no deadlock, each round has a winner,
//    and the unluckiest (p99) waits at most ten times as long as the median. The ratio is the worst of those p99 / median.
// 2. 24 clients ask for one slot at the same moment, round after round: through scheduling's own graph over HTTP (passport,
//    GraphQL, idempotency key, working hours, arbiter, limit per client, audit), against the bare hold statement alone on 24
//    connections to the same table, A B A B, medians: `graphTimesBare`. (A plain INSERT is no yardstick here: it deadlocks.)
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { migrations, percentile, raceThroughGraph, racers, rounds, type Round } from './herd/graph-race.ts';
import { playScenes, type SceneResult } from './herd/scenes.ts';
import { embeddedServer, oldestServer, type RaceServer } from './herd/servers.ts';

const target = 10;
// A loser in the graph costs HTTP, a passport, GraphQL and six statements where the bare one costs four: more than this many
// times would mean that racers wait for each other somewhere else than in the arbiter.
const GRAPH_TIMES_BARE_MAX = 6;

const root = join(import.meta.dirname, '..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rounded = (value: number): number => Number(value.toFixed(2));

async function onFreshDatabase<T>(
  server: RaceServer,
  work: (stored: ThrowAwayDatabase) => Promise<T>,
): Promise<T> {
  process.env['KEPT_TEST_POSTGRES_URL'] = server.adminUrl;
  const stored = await throwAwayDatabase({ service: 'scheduling', migrations, entities: [] });
  try {
    return await work(stored);
  } finally {
    await stored.drop();
  }
}

async function playOn(server: RaceServer): Promise<SceneResult[]> {
  const results = await onFreshDatabase(server, playScenes);
  say(`${server.name}, the arbiter's statements:`);
  for (const { name, attempts, medianMs, p99Ms, overlaps, deadlocks, roundsWithoutWinner } of results) {
    say(
      `  ${name.padEnd(52)} ${String(attempts).padStart(5)} attempts, median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ` +
        `overlaps ${overlaps}, deadlocks ${deadlocks}, rounds without a winner ${roundsWithoutWinner}`,
    );
  }
  return results;
}

const sumOf = (results: readonly SceneResult[], name: 'overlaps' | 'deadlocks' | 'roundsWithoutWinner') =>
  results.reduce((sum, result) => sum + result[name], 0);

function graphFigures({ graph, bare }: { graph: Round[]; bare: Round[] }) {
  const of = (all: Round[]) => ({
    round: percentile(
      all.map(({ ms }) => ms),
      0.5,
    ),
    p99: percentile(
      all.flatMap(({ attempts }) => attempts),
      0.99,
    ),
  });
  const [ours, alone] = [of(graph), of(bare)];
  const unfairRounds = [...graph, ...bare].filter(({ winners }) => winners !== 1).length;
  const graphTimesBare = rounded(ours.round / alone.round);
  say(`${racers} racers for one slot, ${rounds} rounds each way:`);
  say(
    `  through the graph  ${ours.round.toFixed(1)} ms a round, 99 % of racers within ${ours.p99.toFixed(1)} ms`,
  );
  say(`  the bare statement ${alone.round.toFixed(1)} ms a round, 99 % within ${alone.p99.toFixed(1)} ms`);
  say(`  rounds without exactly one winner ${unfairRounds}; ${graphTimesBare} times`);
  return {
    graphRoundMs: rounded(ours.round),
    bareRoundMs: rounded(alone.round),
    unfairRounds,
    graphTimesBare,
  };
}

export async function run() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-b', 'services/scheduling'], { cwd: root });
  const results: SceneResult[] = [];
  const oldest = await oldestServer();
  if (oldest === null) {
    say('PostgreSQL 15 is not on this machine (/usr/lib/postgresql/15): raced on 18 alone.');
  } else {
    try {
      results.push(...(await playOn(oldest)));
    } finally {
      await oldest.stop();
    }
  }
  const server = await embeddedServer();
  try {
    results.push(...(await playOn(server)));
    const graph = await onFreshDatabase(server, raceThroughGraph);
    const figures = {
      servers: oldest === null ? 1 : 2,
      attempts: results.reduce((sum, { attempts }) => sum + attempts, 0),
      overlaps: sumOf(results, 'overlaps') + graph.overlaps,
      deadlocks: sumOf(results, 'deadlocks') + graph.deadlocks,
      roundsWithoutWinner: sumOf(results, 'roundsWithoutWinner'),
      ...graphFigures(graph),
    };
    const ratio = rounded(Math.max(...results.map(({ p99Ms, medianMs }) => p99Ms / medianMs)));
    const clean =
      figures.overlaps + figures.deadlocks + figures.roundsWithoutWinner + figures.unfairRounds === 0;
    const met = clean && ratio <= target && figures.graphTimesBare <= GRAPH_TIMES_BARE_MAX;
    return { bench: 'herd', figures, ratio, target, met };
  } finally {
    await server.stop();
  }
}
