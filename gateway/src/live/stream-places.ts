import { Fault } from '@kept/subgraph-kit';
import type { LiveSettings } from './settings.ts';

/** Who takes up a place. */
export interface Visitor {
  readonly caller: string;
  readonly network: string;
}

export interface StreamPlaces {
  readonly taken: number;
  /** A place for one stream, to be given back once. Throws a `Fault` when this caller, their network or all have enough. */
  take(visitor: Visitor): () => void;
}

/** Bounds how many streams are open at once; the counts of those who have none are forgotten. */
export function openStreamPlaces(
  settings: Pick<LiveSettings, 'streamsMax' | 'perCallerMax' | 'perNetworkMax'>,
): StreamPlaces {
  const callers = new Map<string, number>();
  const networks = new Map<string, number>();
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    take({ caller, network }) {
      if (taken >= settings.streamsMax)
        throw new Fault('UNAVAILABLE', 'There are too many live queries at the moment. Please try again.');
      if ((callers.get(caller) ?? 0) >= settings.perCallerMax) throw tooMany('You have');
      if ((networks.get(network) ?? 0) >= settings.perNetworkMax) throw tooMany('Your network has');
      const back = [add(callers, caller), add(networks, network)];
      taken += 1;
      let given = false;
      return () => {
        if (given) return;
        given = true;
        taken -= 1;
        for (const giveBack of back) giveBack();
      };
    },
  };
}

function add(counts: Map<string, number>, key: string): () => void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
  return () => {
    const left = (counts.get(key) ?? 1) - 1;
    if (left > 0) counts.set(key, left);
    else counts.delete(key);
  };
}

const tooMany = (whose: string) =>
  new Fault('LIMIT_EXCEEDED', `${whose} as many live queries open as there may be. Close one first.`);
