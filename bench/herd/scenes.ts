// What people do to a calendar at the same moment, straight at the arbiter: its own statements as the service builds them, on
// connections of their own, behind the tenant wall. One scene after the other on a fresh database.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ThrowAwayDatabase } from '@kept/testing';
import pg from 'pg';

interface Window {
  readonly resourceId: string;
  readonly start: Date;
  readonly end: Date;
}
interface Tx {
  readonly organizationId: string;
  query(sql: string, parameters: unknown[]): Promise<unknown[]>;
}
interface Arbiter {
  holdWindows(
    tx: Tx,
    hold: { id: string; windows: readonly Window[]; now: Date; expiresAt: Date },
  ): Promise<boolean>;
  confirmWindows(
    tx: Tx,
    hold: { id: string; bookingId: string; windowCount: number; now: Date },
  ): Promise<boolean>;
  moveWindows(tx: Tx, move: { bookingId: string; windows: readonly Window[]; now: Date }): Promise<boolean>;
}

/** What one scene came to. */
export interface SceneResult {
  readonly name: string;
  readonly attempts: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Rounds in which nobody got anything; of the scenes in which somebody must. */
  readonly roundsWithoutWinner: number;
  readonly overlaps: number;
  readonly deadlocks: number;
}

const MINUTE = 60_000;
const NOW = new Date('2027-02-01T05:00:00Z');
const inMinutes = (from: number): Date => new Date(NOW.getTime() + from * MINUTE);
const window = (resourceId: string, from: number, minutes: number): Window => ({
  resourceId,
  start: inMinutes(from),
  end: inMinutes(from + minutes),
});
const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
/** The same choices in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

async function loadArbiter(): Promise<Arbiter> {
  const folder = join(import.meta.dirname, '../../services/scheduling/dist/arbiter');
  const files = ['hold-windows.js', 'confirm-windows.js', 'move-windows.js'];
  const parts = await Promise.all(
    files.map((file) => import(pathToFileURL(join(folder, file)).href) as Promise<Partial<Arbiter>>),
  );
  return Object.assign({}, ...parts) as Arbiter;
}

class Refused extends Error {}

/** One organization with its resources and a herd of connections. */
class Arena {
  readonly organizationId = randomUUID();
  readonly resources = Array.from({ length: 5 }, () => randomUUID()).toSorted();
  readonly times: number[] = [];
  roundsWithoutWinner = 0;
  deadlocks = 0;

  constructor(
    readonly arbiter: Arbiter,
    readonly herd: readonly pg.Client[],
  ) {}

  async open(): Promise<void> {
    await this.#inTransaction(this.#client(0), async (tx) => {
      await tx.query('INSERT INTO organization (id) VALUES ($1)', [this.organizationId]);
      await tx.query(
        `INSERT INTO resource (id, organization_id, kind) SELECT unnest($1::uuid[]), $2, 'ROOM'`,
        [this.resources, this.organizationId],
      );
    });
  }

  /** A hold in a transaction of its own. True when all was got. */
  hold(
    racer: number,
    windows: readonly Window[],
    time = { now: NOW, expiresAt: inMinutes(15) },
  ): Promise<boolean> {
    return this.#attempt(racer, (tx) => this.arbiter.holdWindows(tx, { id: randomUUID(), windows, ...time }));
  }

  async book(windows: readonly Window[]): Promise<string> {
    const [id, bookingId] = [randomUUID(), randomUUID()];
    await this.#attempt(0, async (tx) => {
      const held = await this.arbiter.holdWindows(tx, { id, windows, now: NOW, expiresAt: inMinutes(15) });
      return (
        held && this.arbiter.confirmWindows(tx, { id, bookingId, windowCount: windows.length, now: NOW })
      );
    });
    return bookingId;
  }

  move(racer: number, bookingId: string, windows: readonly Window[]): Promise<boolean> {
    return this.#attempt(racer, (tx) => this.arbiter.moveWindows(tx, { bookingId, windows, now: NOW }));
  }

  /** Releases all together; `mustWin`: somebody has to get something. */
  async round(attempts: readonly (() => Promise<boolean>)[], { mustWin = true } = {}): Promise<void> {
    const won = await Promise.all(
      attempts.map(async (attempt) => {
        const began = performance.now();
        const winner = await attempt();
        this.times.push(performance.now() - began);
        return winner;
      }),
    );
    if (mustWin && !won.includes(true)) this.roundsWithoutWinner += 1;
  }

  #client(racer: number): pg.Client {
    const client = this.herd[racer % this.herd.length];
    if (client === undefined) throw new Error('The herd is empty.');
    return client;
  }

  async #attempt(racer: number, work: (tx: Tx) => Promise<boolean>): Promise<boolean> {
    try {
      await this.#inTransaction(this.#client(racer), async (tx) => {
        if (!(await work(tx))) throw new Refused();
      });
      return true;
    } catch (error) {
      const deadlock = (error as { code?: string }).code === '40P01';
      if (deadlock) this.deadlocks += 1;
      if (deadlock || error instanceof Refused) return false;
      throw error;
    }
  }

  async #inTransaction(client: pg.Client, work: (tx: Tx) => Promise<void>): Promise<void> {
    const query = async (sql: string, parameters: unknown[]): Promise<unknown[]> =>
      (await client.query<Record<string, unknown>>(sql, parameters)).rows;
    await client.query('BEGIN');
    try {
      await query(`SELECT set_config('kept.organization', $1, true)`, [this.organizationId]);
      await work({ organizationId: this.organizationId, query });
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  }
}

const DAY = 1440;
type Scene = (arena: Arena, rounds: number) => Promise<void>;

async function oneResource(arena: Arena, rounds: number): Promise<void> {
  const roll = dice(1);
  const [resource = ''] = arena.resources;
  for (let round = 1; round <= rounds; round += 1) {
    const attempts = arena.herd.map((_, racer) => {
      const wanted = window(resource, round * DAY + roll(10) * 5, 30 + roll(7) * 5);
      return () => arena.hold(racer, [wanted]);
    });
    await arena.round(attempts);
  }
}

/** Three of the five, in the order of whoever asks. */
function someThree(arena: Arena, roll: (below: number) => number): string[] {
  const left = [...arena.resources];
  return Array.from({ length: 3 }, () => left.splice(roll(left.length), 1)[0] ?? '');
}

async function threeOfFive(arena: Arena, rounds: number): Promise<void> {
  const roll = dice(2);
  for (let round = 1; round <= rounds; round += 1) {
    const attempts = arena.herd.slice(0, 16).map((_, racer) => {
      const wanted = someThree(arena, roll).map((resource) => window(resource, round * DAY, 60));
      return () => arena.hold(racer, wanted);
    });
    await arena.round(attempts);
  }
}

async function expiredInTheWay(arena: Arena, rounds: number): Promise<void> {
  const roll = dice(3);
  for (let round = 1; round <= rounds; round += 1) {
    for (const resource of arena.resources) {
      for (let quarter = 0; quarter < 4; quarter += 1) {
        const leftover = [window(resource, round * DAY + quarter * 15, 15)];
        await arena.hold(0, leftover, { now: inMinutes(-75), expiresAt: inMinutes(-60) });
      }
    }
    const attempts = arena.herd.slice(0, 16).map((_, racer) => {
      const wanted = someThree(arena, roll).map((resource) => window(resource, round * DAY, 60));
      return () => arena.hold(racer, wanted);
    });
    await arena.round(attempts);
  }
}

/** Bookings of three resources swap places with their neighbours while others try to book in between. */
async function rescheduleStorm(arena: Arena, rounds: number): Promise<void> {
  const hours = [8, 9, 10, 11, 12, 13, 14, 15];
  const at = (hour: number): Window[] =>
    arena.resources.slice(0, 3).map((resource) => window(resource, hour * 60, 60));
  const bookings: string[] = [];
  for (const hour of hours) bookings.push(await arena.book(at(hour)));
  for (let round = 1; round <= rounds; round += 1) {
    const moves = bookings.map((booking, index) => {
      const target = hours[round % 2 === 0 ? index ^ 1 : (index + 1) % hours.length] ?? 8;
      return () => arena.move(index, booking, at(target));
    });
    const others = hours.map((hour, index) => () => arena.hold(hours.length + index, at(hour)));
    // All places are taken: that nobody can swap is an answer too.
    await arena.round([...moves, ...others], { mustWin: false });
  }
}

/** Sixteen bookings all want the same hour. */
async function allToOneHour(arena: Arena, rounds: number): Promise<void> {
  const [resource = ''] = arena.resources;
  const bookings: string[] = [];
  for (let index = 0; index < 16; index += 1)
    bookings.push(await arena.book([window(resource, index * 60, 60)]));
  for (let round = 1; round <= rounds; round += 1) {
    const target = [window(resource, (20 + 2 * round) * 60, 60)];
    await arena.round(bookings.map((booking, racer) => () => arena.move(racer, booking, target)));
  }
}

const SCENES: Readonly<Record<string, { play: Scene; rounds: number }>> = {
  'one resource, 24 racers': { play: oneResource, rounds: 100 },
  'three of five resources, 16 racers': { play: threeOfFive, rounds: 60 },
  'expired holds in the way, three of five': { play: expiredInTheWay, rounds: 60 },
  'swaps of three resources, others book beside them': { play: rescheduleStorm, rounds: 40 },
  'sixteen bookings move to one hour': { play: allToOneHour, rounds: 40 },
};

/** Plays every scene on a database and looks at what it left. */
export async function playScenes(stored: ThrowAwayDatabase): Promise<SceneResult[]> {
  const arbiter = await loadArbiter();
  const herd = Array.from({ length: 24 }, () => new pg.Client({ connectionString: stored.appUrl }));
  await Promise.all(herd.map((client) => client.connect()));
  const results: SceneResult[] = [];
  try {
    for (const [name, { play, rounds }] of Object.entries(SCENES)) {
      const arena = new Arena(arbiter, herd);
      await arena.open();
      const before = await overlapsIn(stored);
      await play(arena, rounds);
      results.push({
        name,
        attempts: arena.times.length,
        medianMs: percentile(arena.times, 0.5),
        p99Ms: percentile(arena.times, 0.99),
        roundsWithoutWinner: arena.roundsWithoutWinner,
        overlaps: (await overlapsIn(stored)) - before,
        deadlocks: arena.deadlocks,
      });
    }
  } finally {
    await Promise.all(herd.map((client) => client.end()));
  }
  return results;
}

/** Pairs of live rows that overlap, as the superuser sees them. */
async function overlapsIn(stored: ThrowAwayDatabase): Promise<number> {
  const client = new pg.Client({ connectionString: stored.adminUrl });
  await client.connect();
  const { rows } = await client.query<{ overlaps: number }>(
    `SELECT count(*)::int AS overlaps FROM allocation a JOIN allocation b
       ON a.resource_id = b.resource_id AND a.period && b.period AND a.id < b.id
     WHERE a.status <> 'released' AND b.status <> 'released'`,
  );
  await client.end();
  return rows[0]?.overlaps ?? -1;
}
