import type { Caller } from '@kept/passport';
import { AccessPolicyError, type AccessMap } from './access-map.ts';
import type { Audience } from './audiences.ts';

// Whoever has one of these looks after the business as a whole, unless their roles are limited to places of it.
const OF_THE_WHOLE: ReadonlySet<Audience> = new Set<Audience>(['BILLING', 'MANAGER', 'COMPLIANCE']);

/**
 * What is asked by those alone who look after the whole business is closed to whoever has such a role for some places of it: the
 * settings, the books, everybody's keys. Open are the root fields that a service names here, because they ask by themselves
 * to which place something belongs; whatever is added to the graph is closed until somebody has thought of it.
 */
export function openPlacesGate(
  access: AccessMap,
  within: readonly string[],
): (caller: Pick<Caller, 'locations'>, type: string, field: string) => boolean {
  const closed = new Set(
    [...access.types.values()]
      .filter(({ root }) => root)
      .flatMap((type) =>
        [...type.fields]
          .filter(
            ([, { allow }]) => allow.length > 0 && allow.every((audience) => OF_THE_WHOLE.has(audience)),
          )
          .map(([field]) => `${type.name}.${field}`),
      ),
  );
  const needless = within.filter((coordinate) => !closed.has(coordinate));
  if (needless.length > 0)
    throw new AccessPolicyError(
      needless.map((coordinate) => `${coordinate}: is not closed to whoever is limited to places.`),
    );
  const open = new Set(within);
  return ({ locations }, type, field) => {
    const coordinate = `${type}.${field}`;
    return locations === null || !closed.has(coordinate) || open.has(coordinate);
  };
}
