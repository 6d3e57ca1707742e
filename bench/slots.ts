// Does asking cost what is asked, and nothing else? The availability engine on workloads W1–W8: New York, Monday to Friday
// 09:00–17:00, from 2027-02-01 local midnight, slots of 15 minutes; bookings are distinct 15-minute cells of provider i
// the first of a shuffle by xorshift32 with seed 12345 + 7919·i. First only the computation is timed: from sorted busy lists to slot
// starts, no database; `min` is the column to trust on a shared machine. Then the `availability` query with W4's calendars,
// whole, over HTTP of a scheduling service (bench/slots/availability-query.ts), printed in parts: its SQL alone, the
// computation of its answer alone, and what the graph adds. The ratio is the worst of three against what is allowed: 90 days /
// 30 days (3.3), 500 providers / 50 (11), the query / (SQL + computation) (3).
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { measureQuery } from './slots/availability-query.ts';

interface Zone {
  offsetAt(epochMinute: number): number;
  instantOf(localMinute: number): number;
}
interface Engine {
  openZone(name: string): Zone;
  findSlotsOfAny(calendars: readonly object[], request: object): number[];
  findSlotsOfAll(calendars: readonly object[], request: object): number[];
  showOffers(offers: object): { slots: readonly object[] };
}

const DAY = 1440;
const INTERVAL = 15;
const ROUNDS = 25;
const FIRST_DAY = Date.parse('2027-02-01') / 86_400_000;
const DAYS_GROWTH_MAX = 3.3;
const PROVIDERS_GROWTH_MAX = 11;
const QUERY_TIMES_MAX = 3;

interface Workload {
  readonly name: string;
  readonly providers: number;
  readonly days: number;
  readonly bookings: number;
  readonly all?: boolean;
}
const WORKLOADS: readonly Workload[] = [
  { name: 'W1', providers: 1, days: 30, bookings: 500 },
  { name: 'W2', providers: 1, days: 90, bookings: 500 },
  { name: 'W3', providers: 50, days: 30, bookings: 10 },
  { name: 'W4', providers: 50, days: 30, bookings: 500 },
  { name: 'W5', providers: 50, days: 90, bookings: 500 },
  { name: 'W6', providers: 1, days: 30, bookings: 0 },
  { name: 'W7', providers: 1, days: 1, bookings: 20 },
  { name: 'W8', providers: 50, days: 30, bookings: 10, all: true },
];
const MANY: Workload = { name: '500 providers', providers: 500, days: 30, bookings: 500 };

// Loaded by address: nothing outside a service may import it.
async function loadEngine(): Promise<Engine> {
  const folder = join(import.meta.dirname, '../services/scheduling/src/availability/engine');
  const load = (file: string) => import(pathToFileURL(join(folder, file)).href) as Promise<Partial<Engine>>;
  return {
    ...(await load('zone.ts')),
    ...(await load('slots.ts')),
    ...(await load('../find-availability.ts')),
  } as Engine;
}

/** Distinct cells of working time, chosen by xorshift32, as flat spans. */
function bookingsOf(provider: number, { days, bookings }: Workload, zone: Zone): number[] {
  const cells: number[] = [];
  for (let day = FIRST_DAY; day < FIRST_DAY + days; day += 1) {
    const weekday = (day + 4) % 7;
    if (weekday === 0 || weekday === 6) continue;
    for (let minute = 9 * 60; minute < 17 * 60; minute += INTERVAL) cells.push(day * DAY + minute);
  }
  let state = 12_345 + 7_919 * provider;
  const next = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
  // Fisher and Yates: every choice of cells is as likely as any other.
  for (let last = cells.length - 1; last > 0; last -= 1) {
    const other = next(last + 1);
    [cells[last], cells[other]] = [cells[other] ?? 0, cells[last] ?? 0];
  }
  const chosen = cells.slice(0, bookings);
  return chosen
    .map((local) => zone.instantOf(local))
    .toSorted((one, other) => one - other)
    .flatMap((start) => [start, start + INTERVAL]);
}

function prepare(workload: Workload, engine: Engine): () => number[] {
  const zone = engine.openZone('America/New_York');
  const days = [1, 2, 3, 4, 5];
  const rules = days.map((dayOfWeek) => ({ dayOfWeek, startMinute: 9 * 60, endMinute: 17 * 60 }));
  const calendars = Array.from({ length: workload.providers }, (_, provider) => ({
    zone,
    rules,
    overrides: [],
    busy: bookingsOf(provider, workload, zone),
  }));
  const start = zone.instantOf(FIRST_DAY * DAY);
  const request = {
    range: { start, end: zone.instantOf((FIRST_DAY + workload.days) * DAY) },
    earliest: start,
    durationMinutes: INTERVAL,
    intervalMinutes: INTERVAL,
    booker: zone,
    buffer: { before: 0, after: 0 },
  };
  const find = workload.all ? engine.findSlotsOfAll : engine.findSlotsOfAny;
  return () => find(calendars, request);
}

function time(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

const middle = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? 0;
const round = (value: number) => Math.round(value * 1000) / 1000;

const QUERIED: Workload = { name: 'the query', providers: 50, days: 30, bookings: 500 };

/** The `availability` query with everything around it, and each part of it by itself. */
async function queryFigures(engine: Engine) {
  const zone = engine.openZone('America/New_York');
  const [start, end] = [FIRST_DAY * DAY, (FIRST_DAY + QUERIED.days) * DAY].map((at) => zone.instantOf(at));
  const range = { start: start ?? 0, end: end ?? 0 };
  const days = [1, 2, 3, 4, 5];
  const rules = days.map((dayOfWeek) => ({ dayOfWeek, startMinute: 9 * 60, endMinute: 17 * 60 }));
  const offerings = Array.from({ length: QUERIED.providers }, (_, provider) => ({
    provider: { id: String(provider) },
    zone,
    rules,
    overrides: [],
    calendarFailing: false,
    busy: bookingsOf(provider, QUERIED, zone),
  }));
  const terms = {
    durationMinutes: INTERVAL,
    slotIntervalMinutes: INTERVAL,
    capacity: 1,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    minimumLeadMinutes: 0,
    maximumAdvanceMinutes: 1_051_200,
  };
  const nowMinute = Math.floor(Date.now() / 60_000);
  const question = { range, nowMinute, booker: zone };
  const offers = { service: { terms, choice: 'ROUND_ROBIN', locationKinds: [] }, question, offerings };
  const pure = Array.from({ length: ROUNDS }, () => time(() => engine.showOffers(offers)));
  const pureMs = middle(pure.toSorted((one, other) => one - other));
  const parts = await measureQuery(offerings, {
    from: new Date(range.start * 60_000),
    to: new Date(range.end * 60_000),
  });
  const expected = engine.showOffers(offers).slots.length;
  if (parts.slots !== expected)
    throw new Error(`The query answered ${parts.slots} slots, the engine ${expected}.`);
  const times = parts.graphMs / (parts.sqlMs + pureMs);
  process.stdout.write(
    `availability, ${QUERIED.providers} providers × ${QUERIED.days} days, ${parts.slots} slots: ${round(parts.graphMs)} ms = ` +
      `SQL ${round(parts.sqlMs)} ms (${parts.statements} statements) + computation ${round(pureMs)} ms + ` +
      `graph ${round(parts.graphMs - parts.sqlMs - pureMs)} ms: ${round(times)} times SQL and computation\n`,
  );
  return { queryMs: parts.graphMs, querySqlMs: parts.sqlMs, queryPureMs: pureMs, queryTimes: times };
}

/** Runs the workloads alternately and prints min, p50 and a digest of the slots of each. */
export async function run() {
  const engine = await loadEngine();
  const runs = [...WORKLOADS, MANY].map((workload) => ({
    ...workload,
    work: prepare(workload, engine),
    times: [] as number[],
  }));
  for (let turn = 0; turn < ROUNDS; turn += 1) for (const { work, times } of runs) times.push(time(work));
  const figures: Record<string, number> = {};
  for (const { name, work, times } of runs) {
    const sorted = times.toSorted((one, other) => one - other);
    const slots = work();
    const digest = createHash('sha256').update(slots.join()).digest('hex').slice(0, 12);
    const [min, p50] = [round(sorted[0] ?? 0), round(middle(sorted))];
    process.stdout.write(`${name}: ${slots.length} slots, min ${min} ms, p50 ${p50} ms, sha256 ${digest}…\n`);
    const key = name.replace(' providers', 'Providers');
    figures[`${key}MinMs`] = min;
    figures[`${key}P50Ms`] = p50;
  }
  const growth = (more: string, less: string) =>
    (figures[`${more}MinMs`] ?? 0) / (figures[`${less}MinMs`] ?? 1);
  const [days, providers] = [growth('W5', 'W4'), growth('500Providers', 'W4')];
  figures['daysGrowth'] = round(days);
  figures['providersGrowth'] = round(providers);
  const query = await queryFigures(engine);
  for (const [name, value] of Object.entries(query)) figures[name] = round(value);
  const ratio = round(
    Math.max(days / DAYS_GROWTH_MAX, providers / PROVIDERS_GROWTH_MAX, query.queryTimes / QUERY_TIMES_MAX),
  );
  return { bench: 'slots', figures, ratio, target: 1, met: ratio <= 1 };
}
