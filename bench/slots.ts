// Does asking cost what is asked, and nothing else? The availability engine on workloads W1–W8: New York, Monday to Friday
// 09:00–17:00, from 2027-02-01 local midnight, slots of 15 minutes; bookings are distinct 15-minute cells of provider i
// the first of a shuffle by xorshift32 with seed 12345 + 7919·i. Only the computation is timed: from sorted busy lists to slot starts, no
// database. The ratio is the worse of two growths against what is allowed: 90 days / 30 days (3.3) and 500 providers / 50
// (11), both measured alternately. `min` is the column to trust on a shared machine.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Zone {
  offsetAt(epochMinute: number): number;
  instantOf(localMinute: number): number;
}
interface Engine {
  openZone(name: string): Zone;
  findSlotsOfAny(calendars: readonly object[], request: object): number[];
  findSlotsOfAll(calendars: readonly object[], request: object): number[];
}

const DAY = 1440;
const INTERVAL = 15;
const ROUNDS = 25;
const FIRST_DAY = Date.parse('2027-02-01') / 86_400_000;
const DAYS_GROWTH_MAX = 3.3;
const PROVIDERS_GROWTH_MAX = 11;

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
  return { ...(await load('zone.ts')), ...(await load('slots.ts')) } as Engine;
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
  const ratio = round(Math.max(days / DAYS_GROWTH_MAX, providers / PROVIDERS_GROWTH_MAX));
  return { bench: 'slots', figures, ratio, target: 1, met: ratio <= 1 };
}
