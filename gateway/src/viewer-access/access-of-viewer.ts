import { ALLOW, CONDITIONAL, DENY, WITHHELD, type Decision, type Decisions } from '@kept/access-policy';
import { Fault } from '@kept/subgraph-kit';
import type { RequestContext } from '../context.ts';
import { LIMITS } from '../limits/check-limits.ts';

export interface CoordinateAccess {
  readonly coordinate: string;
  readonly answer: 'ALLOW' | 'ASK' | 'DENY';
  readonly because: 'ROLE' | 'PURPOSE' | null;
}

// What the edge lets any list hold.
const COORDINATES_MAX = LIMITS.listSize;
// All fields of a couple of dozen types; whoever wants the whole graph has its files.
const ANSWERS_MAX = 1_000;

/**
 * Answers `viewer.access` from the tables by which the gateway decides. Throws a `Fault` on too much at once.
 *
 * It must not tell more than asking would: a coordinate that does not exist is denied exactly like one that is not for the
 * caller's role, and a type lists only what is not denied. What is not denied the caller can ask for anyway.
 */
export function openAccessOfViewer(decisions: Decisions) {
  const fieldsOf = new Map<string, string[]>();
  for (const coordinate of decisions.coordinates) {
    const [type = '', field = ''] = coordinate.split('.');
    if (field === '__typename' || field.includes('(')) continue;
    fieldsOf.set(type, [...(fieldsOf.get(type) ?? []), coordinate]);
  }
  return (coordinates: readonly string[], context: Pick<RequestContext, 'audiences' | 'purposes'>) => {
    if (coordinates.length > COORDINATES_MAX)
      throw new Fault('BAD_INPUT', `Ask about at most ${COORDINATES_MAX} coordinates at once.`, {
        field: 'coordinates',
      });
    const table = decisions.tableFor(context.audiences, context.purposes);
    const decide = (coordinate: string) =>
      inWords(coordinate, (table[decisions.numberOf(coordinate) ?? -1] ?? DENY) as Decision);
    const answers = coordinates.flatMap((coordinate): CoordinateAccess[] =>
      coordinate.includes('.')
        ? [decide(coordinate)]
        : (fieldsOf.get(coordinate) ?? []).map(decide).filter(({ answer }) => answer !== 'DENY'),
    );
    if (answers.length > ANSWERS_MAX)
      throw new Fault('BAD_INPUT', 'Ask about fewer types at once.', { field: 'coordinates' });
    return answers;
  };
}

function inWords(coordinate: string, decision: Decision): CoordinateAccess {
  if (decision === ALLOW) return { coordinate, answer: 'ALLOW', because: null };
  if (decision === CONDITIONAL) return { coordinate, answer: 'ASK', because: null };
  return { coordinate, answer: 'DENY', because: decision === WITHHELD ? 'PURPOSE' : 'ROLE' };
}
