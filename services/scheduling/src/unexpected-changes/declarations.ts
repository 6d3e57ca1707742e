import { declareTable, notPersonal } from '@kept/personal-data';

export const unexpectedChangesDeclarations = [
  declareTable('unusual_change', {
    id: notPersonal('Random reference of an alert'),
    organization_id: notPersonal('A business'),
    kind: notPersonal('Which rule noticed it'),
    actor_id: notPersonal('Random reference of whoever did it'),
    window_start: notPersonal('The hour for which one alert is enough'),
    noticed_at: notPersonal('When it was noticed'),
  }),
];
