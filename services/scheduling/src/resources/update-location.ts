import { refused } from '@kept/subgraph-kit';
import type { VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { UpdateLocationInput } from '../schema-types.ts';
import { offerChanged } from '../services/change-service.ts';
import { readName } from '../services/read-service-terms.ts';
import { readAddress, showLocation, type LocationSaved } from './create-location.ts';
import { findLocation } from './location.ts';
import { saveOnce } from './save-once.ts';

/** Changes a place, or gives it up: then nobody can choose it any more, and bookings that exist keep it. */
export function updateLocation(context: SchedulingContext, input: UpdateLocationInput) {
  const id = readId(input.locationId, 'locationId');
  const { expectedVersion, active = null } = input;
  const name = input.name == null ? null : readName(input.name);
  const address = readAddress(input.address);
  return saveOnce<LocationSaved, VersionConflict>(context, {
    offered: 'Location',
    operation: 'updateLocation',
    action: 'location_updated',
    key: input.idempotencyKey,
    request: { id, expectedVersion, name, address, active },
    write: async (tx, notDone) => {
      const location = await findLocation(tx, id, true);
      if (location === undefined) throw refused.notFound('location');
      if (location.version !== expectedVersion) throw notDone(offerChanged(location.version));
      if (address !== null && location.kind !== 'IN_PERSON') {
        throw refused.badInput('A place that people come to has an address, and no other has.', {
          field: 'address',
        });
      }
      await tx.query(
        `UPDATE location SET version = version + 1, name = COALESCE($2, name), address = COALESCE($3, address),
           active = COALESCE($4, active) WHERE id = $1`,
        [id, name, address, active],
      );
      return id;
    },
    show: showLocation,
  });
}
