import { anonymousCaller, type Caller } from '@kept/passport';
import { parse } from 'graphql';
import type { AccessMap } from './access-map.ts';
import { readAccessMap } from './read-access-map.ts';

/** Reads a policy from SDL in tests. */
export const policy = (sdl: string): AccessMap =>
  readAccessMap(
    parse(`extend schema @link(url: "https://kept.example/access/v1.0", import: ["@access"])\n${sdl}`),
  );

const ANONYMOUS = anonymousCaller({
  organizationId: null,
  requestId: 'r',
  operationName: null,
  networkAddress: null,
  policyVersion: 'test',
});

/** A caller in tests, anonymous unless it says otherwise. */
export const caller = (more: Partial<Caller> = {}): Caller => ({ ...ANONYMOUS, ...more });
export const client = (accountId: string) => caller({ kind: 'CLIENT', accountId, roles: ['CLIENT'] });
export const staff = (accountId: string, ...roles: Caller['roles']) =>
  caller({ kind: 'STAFF', accountId, roles, secondFactor: true });
