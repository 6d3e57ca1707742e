import { readFile } from 'node:fs/promises';
import type { Logger } from '@kept/subgraph-kit';
import type { Graph } from '../open-graph.ts';
import { openUsedOperations } from './used-operations.ts';
import { warmPlans } from './warm-plans.ts';

/** The graph, and what happens when its supergraph changes. */
export interface ReloadingGraph {
  /** The graph of this moment. Whoever has begun with one goes on with it. */
  current(): Graph;
  /** Looks at the file now. Never rejects: a supergraph that cannot be used is logged, and the old one goes on. */
  reload(): Promise<'unchanged' | 'swapped' | 'refused'>;
  stop(): Promise<void>;
}

interface Options {
  readonly supergraphSdl: string;
  /** Looked at for changes; without it the graph stays what it is. */
  readonly file?: string | undefined;
  readonly everyMs?: number | undefined;
  readonly open: (supergraphSdl: string) => Promise<Graph>;
  /** Hears of a graph after its plans are warm and before it is asked; throws to refuse it. */
  readonly check?: (next: Graph) => void | Promise<void>;
  readonly log: Logger;
}

// A file that is being replaced may be gone for a moment. That is no news.
const whenGone =
  (known: string) =>
  (error: NodeJS.ErrnoException): string => {
    if (error.code === 'ENOENT') return known;
    throw error;
  };

const LOOK_EVERY_MS = 5_000;
// Longer than the longest operation; a live query takes the new graph at its next change.
const DRAIN_MS = 30_000;

/**
 * Opens the graph of a supergraph and swaps it for the next one when the file changes: that is opened aside, plans the
 * operations that are in use, and only then takes the place of the old one, in one step.
 */
export async function openReloadingGraph(options: Options): Promise<ReloadingGraph> {
  const { file, open, check, log } = options;
  const used = openUsedOperations();
  const openRemembering = async (sdl: string): Promise<Graph> => {
    const graph = await open(sdl);
    return { ...graph, execute: used.remembering(graph.execute), stop: () => graph.stop() };
  };
  let looked = options.supergraphSdl;
  let current = await openRemembering(looked);
  const retired = new Set<Graph>();
  const retire = (graph: Graph) => {
    retired.add(graph);
    setTimeout(() => {
      if (retired.delete(graph)) void graph.stop();
    }, DRAIN_MS).unref();
  };

  const swap = async (sdl: string): Promise<void> => {
    const next = await openRemembering(sdl);
    try {
      const unfit = await warmPlans(next, used.list());
      if (unfit.length > 0) {
        log.warn({ operations: unfit.slice(0, 20) }, 'operations in use do not fit the new supergraph');
      }
      await check?.(next);
    } catch (error) {
      await next.stop();
      throw error;
    }
    retire(current);
    current = next;
    log.info({ policyVersion: next.policyVersion }, 'a new supergraph is in use');
  };

  const look = async (): Promise<'unchanged' | 'swapped' | 'refused'> => {
    if (file === undefined) return 'unchanged';
    try {
      const sdl = await readFile(file, 'utf8').catch(whenGone(looked));
      if (sdl === looked) return 'unchanged';
      // Remembered before it is tried: one that cannot be used is refused once, not every five seconds.
      looked = sdl;
      await swap(sdl);
      return 'swapped';
    } catch (error) {
      log.error({ err: error }, 'the new supergraph cannot be used; the old one goes on');
      return 'refused';
    }
  };
  let underWay: Promise<'unchanged' | 'swapped' | 'refused'> | undefined;
  const reload = () => (underWay ??= look().finally(() => (underWay = undefined)));
  const timer = setInterval(() => void reload(), options.everyMs ?? LOOK_EVERY_MS);
  timer.unref();
  return {
    current: () => current,
    reload,
    async stop() {
      clearInterval(timer);
      await underWay;
      for (const graph of [current, ...retired]) await graph.stop();
    },
  };
}
