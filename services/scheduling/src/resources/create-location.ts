import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { openZone, UnknownTimeZone } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { readText } from '../input.ts';
import type { CreateLocationInput } from '../schema-types.ts';
import { readName } from '../services/read-service-terms.ts';
import { findLocation, type Location } from './location.ts';
import { saveOnce } from './save-once.ts';

export interface LocationSaved {
  __typename: 'LocationSaved';
  location: Location;
}

/** Adds a place. One that people come to has an address, and no other has. */
export function createLocation(context: SchedulingContext, input: CreateLocationInput) {
  const { kind } = input;
  const address = readAddress(input.address);
  if ((kind === 'IN_PERSON') !== (address !== null)) {
    throw refused.badInput('A place that people come to has an address, and no other has.', {
      field: 'address',
    });
  }
  const request = { kind, name: readName(input.name), address, timeZone: readZone(input.timeZone) };
  return saveOnce(context, {
    offered: 'Location',
    operation: 'createLocation',
    action: 'location_created',
    key: input.idempotencyKey,
    request,
    write: async (tx) => {
      const id = randomUUID();
      await tx.query(
        `INSERT INTO location (id, organization_id, kind, name, address, time_zone, active, version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, true, 1, $7)`,
        [id, tx.organizationId, kind, request.name, address, request.timeZone, context.clock()],
      );
      return id;
    },
    show: showLocation,
  });
}

export async function showLocation(tx: Transaction, id: string): Promise<LocationSaved> {
  const location = await findLocation(tx, id);
  invariant(location, 'places are never deleted');
  return { __typename: 'LocationSaved', location };
}

/** The address of a business: some lines. */
export const readAddress = (value: string | null | undefined): string | null =>
  readText(value, { field: 'address', lengthMax: 500 });

function readZone(value: string | null | undefined): string | null {
  if (value == null) return null;
  try {
    return openZone(value).name;
  } catch (error) {
    if (!(error instanceof UnknownTimeZone)) throw error;
    throw refused.badInput('"timeZone" is not a time zone we know, such as Europe/London.', {
      field: 'timeZone',
    });
  }
}
