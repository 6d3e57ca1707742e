import { declareTable, notPersonal } from './declaration.ts';

/** What this package's own table holds. */
export const personalDataDeclarations = [
  declareTable('legal_hold', {
    id: notPersonal('Name of a hold'),
    organization_id: notPersonal('The business that holds'),
    matter: notPersonal('Reference of the case; the form asks for a file number, not for names'),
    subject_id: notPersonal('Random reference of a person; a hold must outlive what it holds'),
    table_name: notPersonal('Which table is held'),
    row_id: notPersonal('Which row is held'),
    field_class: notPersonal('Which class of data is held'),
    placed_by: notPersonal('Random reference of the staff member who answers for the hold'),
    placed_at: notPersonal('When the hold began'),
    released_by: notPersonal('Random reference of the staff member who ended the hold'),
    released_at: notPersonal('When the hold ended'),
  }),
];
