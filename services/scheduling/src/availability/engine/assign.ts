/**
 * Gives each place a member of its own among those it may have, taking the first of its list where that leaves one for all
 * (augmenting paths, Kuhn 1955). Null when it cannot be done. Places are a handful, so that this costs nothing beside reading them.
 */
export function assign(places: readonly (readonly string[])[]): string[] | null {
  const placeOf = new Map<string, number>();
  const find = (place: number, tried: Set<string>): boolean => {
    for (const member of places[place] ?? []) {
      if (tried.has(member)) continue;
      tried.add(member);
      const taker = placeOf.get(member);
      if (taker !== undefined && !find(taker, tried)) continue;
      placeOf.set(member, place);
      return true;
    }
    return false;
  };
  if (!places.every((_, place) => find(place, new Set()))) return null;
  const members = new Map([...placeOf].map(([member, place]) => [place, member]));
  return places.map((_, place) => members.get(place) ?? '');
}

/** Whether each place can be given a member of its own. */
export const canAssign = (places: readonly (readonly string[])[]): boolean => assign(places) !== null;
