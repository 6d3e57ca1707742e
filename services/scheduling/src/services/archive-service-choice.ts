import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { ArchiveServiceChoiceInput } from '../schema-types.ts';
import { changeService } from './change-service.ts';

/** Offers a variant or an add-on no longer. Neither is ever changed or deleted: bookings may be of it. */
export function archiveServiceChoice(context: SchedulingContext, input: ArchiveServiceChoiceInput) {
  const choiceId = readId(input.choiceId, 'choiceId');
  return changeService(context, {
    operation: 'archiveServiceChoice',
    action: 'service_choice_archived',
    input,
    request: { choiceId },
    apply: async (tx, service) => {
      const archived = await tx.query(
        `WITH variant AS (UPDATE service_variant SET active = false WHERE id = $1 AND service_id = $2 AND active RETURNING id),
         add_on AS (UPDATE service_add_on SET active = false WHERE id = $1 AND service_id = $2 AND active RETURNING id)
         SELECT id FROM variant UNION ALL SELECT id FROM add_on`,
        [choiceId, service.id],
      );
      if (archived.length === 0) throw refused.notFound('variant or add-on of this service');
    },
  });
}
