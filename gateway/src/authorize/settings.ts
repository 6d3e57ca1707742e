import { z } from 'zod';

/** `dry-run` decides and records what would be withheld, and withholds nothing at the gateway; the services still do. */
export type AuthorizationMode = 'enforce' | 'dry-run';

/** How a policy is tried out on real traffic before it binds. Never in production: `refuseDryRun`. */
export const authorizationSettings = {
  KEPT_AUTHORIZATION: z.enum(['enforce', 'dry-run']).default('enforce'),
};

/** Why these settings must not start in production, by setting; purposes are checked nowhere but at the gateway. */
export const authorizationRefusals = ({
  KEPT_AUTHORIZATION,
}: {
  KEPT_AUTHORIZATION: AuthorizationMode;
}): Readonly<Record<string, string>> =>
  KEPT_AUTHORIZATION === 'dry-run'
    ? { KEPT_AUTHORIZATION: 'withholds nothing in dry-run and is refused in production' }
    : {};
