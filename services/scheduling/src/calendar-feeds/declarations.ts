import { declareTable, notPersonal } from '@kept/personal-data';

/** Private feeds. The row goes with the person's own word, with rotation its secret, and it opens nothing once their keys are gone. */
export const calendarFeedDeclarations = [
  declareTable('calendar_feed', {
    id: notPersonal('Random reference'),
    organization_id: notPersonal('A business'),
    owner_kind: notPersonal('Whether a client or a member of staff has it'),
    owner_id: notPersonal('Random reference of a client or a member of staff'),
    secret_hash: notPersonal('SHA-256 of a random secret'),
    version: notPersonal('Counts changes'),
    created_at: notPersonal('When the address was made'),
    rotated_at: notPersonal('When the address was changed last'),
  }),
];
