import type { SchedulingContext } from '../context.ts';
import type { ArchiveServiceInput } from '../schema-types.ts';
import { changeService } from './change-service.ts';
import { Service } from './service.ts';

/** Offers a service no longer. It is never deleted: bookings that exist are of it. */
export function archiveService(context: SchedulingContext, input: ArchiveServiceInput) {
  return changeService(context, {
    operation: 'archiveService',
    action: 'service_archived',
    input,
    request: null,
    apply: async (tx, { id }) => {
      await tx.manager.update(Service, { id }, { active: false });
    },
  });
}
