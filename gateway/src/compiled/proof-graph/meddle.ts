import { createHash } from 'node:crypto';
import type { SubgraphAnswer } from '../../fetch/read-answer.ts';
import type { Meddle, SentRequest } from './open-proof-graph.ts';

type Path = readonly (string | number)[];
/** What can go wrong at one place of an answer; `wrong` puts a value of another type there. */
export type Fault = 'null' | 'missing' | 'error' | 'wrong' | 'poison';

const UNAVAILABLE: SubgraphAnswer = {
  errors: [{ message: 'away', path: [], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
};
const WRONG: readonly unknown[] = ['x', 7.5, true, [], {}, [[1]], { __typename: 'Nobody' }, -0.1, ''];

/**
 * Faults by the roll of a seed. What happens at a place depends on the entity and the field alone, not on the request in
 * which it was asked for: an executor that asks once for what another asks for twice meets the same faults.
 */
export function meddleWith(
  seed: number,
  { faults, share }: { faults: readonly Fault[]; share: number },
): Meddle {
  const roll = (...parts: readonly unknown[]) =>
    createHash('sha256')
      .update(JSON.stringify([seed, ...parts]))
      .digest()
      .readUInt32BE() /
    2 ** 32;
  return (service, sent, answer) => {
    if (roll('away', service) < share) return UNAVAILABLE;
    const errors = [...(answer.errors ?? [])];
    const visit = (value: unknown, name: Path, path: Path): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const key of Object.keys(value)) {
        const at = Array.isArray(value) ? Number(key) : key;
        const holder = value as Record<string | number, unknown>;
        // A list of entities is named by its representations, which are the same whoever asks.
        const isEntity = path.length === 1 && Array.isArray(value) && isEntities(path[0]);
        const named = isEntity ? [representation(sent, String(path[0]), Number(at))] : [...name, at];
        const skip = key === '__typename' || (path.length === 0 && isEntities(key));
        const chance = roll(service, ...named);
        if (!skip && chance < share) {
          const fault = faults[Math.floor((chance / share) * faults.length)];
          if (fault === 'error') {
            errors.push({ message: 'no', path: [...path, at], extensions: { code: 'NOT_FOUND' } });
          }
          if (fault === 'missing' && !Array.isArray(value)) delete holder[at];
          else if (fault === 'wrong') holder[at] = WRONG[Math.floor(roll('what', ...named) * WRONG.length)];
          else if (fault === 'poison') poison(value);
          else holder[at] = null;
        }
        visit(holder[at], named, [...path, at]);
      }
    };
    visit(answer.data, path0(sent), []);
    return { ...answer, ...(errors.length > 0 && { errors }) };
  };
}

const isEntities = (key: string | number | undefined) => /^_?entities/i.test(String(key));
const path0 = ({ variables }: SentRequest): Path => [
  JSON.stringify(Object.entries(variables).filter(([name]) => !name.startsWith('representations'))),
];

function representation({ variables }: SentRequest, key: string, index: number): string {
  const name = key === '_entities' ? 'representations' : key.replace('entities', 'representations');
  return JSON.stringify((variables[name] as unknown[])[index]);
}

// As JSON.parse makes it: a key of the object itself, which careless merging follows into a prototype.
function poison(value: object): void {
  if (Array.isArray(value)) return;
  Object.defineProperty(value, '__proto__', {
    value: { polluted: true },
    enumerable: true,
    configurable: true,
  });
  Object.assign(value, { constructor: { prototype: { polluted: true } } });
}
