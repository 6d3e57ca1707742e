import { declareTable, notPersonal } from '@kept/personal-data';

const business = notPersonal('A business');
const rule = notPersonal('How a business reminds; chosen by the business');

/** The tables of reminders that are only read and written in SQL. */
export const reminderDeclarations = [
  declareTable('reminder_policy', {
    id: notPersonal('Random reference'),
    organization_id: business,
    service_id: notPersonal('Which service it is for'),
    minutes_before: rule,
    quiet_from: rule,
    quiet_until: rule,
    updated_at: notPersonal('When it was chosen'),
  }),
  declareTable('reminder_due', {
    reminder_id: notPersonal('Random reference of a reminder; it goes with its booking'),
    organization_id: business,
    due_at: notPersonal('When to remind'),
  }),
];
