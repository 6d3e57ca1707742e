/**
 * Whether each place can be given a member of its own among those it may have: augmenting paths (Kuhn 1955). Places
 * are a handful, so that this costs nothing beside reading them.
 */
export function canAssign(choices: readonly (readonly string[])[]): boolean {
  const placeOf = new Map<string, number>();
  const find = (place: number, tried: Set<string>): boolean => {
    for (const member of choices[place] ?? []) {
      if (tried.has(member)) continue;
      tried.add(member);
      const taker = placeOf.get(member);
      if (taker !== undefined && !find(taker, tried)) continue;
      placeOf.set(member, place);
      return true;
    }
    return false;
  };
  return choices.every((_, place) => find(place, new Set()));
}
