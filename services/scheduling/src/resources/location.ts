import type { Transaction } from '@kept/database';
import type { LocationKind } from '../schema-types.ts';

/** Where appointments take place, as the graph shows it. */
export interface Location {
  readonly id: string;
  readonly kind: LocationKind;
  readonly name: string;
  readonly address: string | null;
  readonly timeZone: string | null;
  readonly timeZoneVisible: boolean;
  readonly version: number;
}

const LOCATIONS_MAX = 500;
const LOCATION = `SELECT id, kind, name, address, time_zone AS "timeZone", kind <> 'IN_PERSON' AS "timeZoneVisible", version FROM location`;

/** The places that are used, by name. */
export function listLocations(tx: Transaction): Promise<Location[]> {
  return tx.query<Location>(`${LOCATION} WHERE active ORDER BY name, id LIMIT ${LOCATIONS_MAX}`);
}

/** One place, also one that was given up; locked when it is to be changed. */
export async function findLocation(tx: Transaction, id: string, lock = false): Promise<Location | undefined> {
  const [row] = await tx.query<Location>(`${LOCATION} WHERE id = $1${lock ? ' FOR UPDATE' : ''}`, [id]);
  return row;
}
