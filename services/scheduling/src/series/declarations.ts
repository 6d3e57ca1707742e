import { declareTable, notPersonal, personal, retentionRule, type PersonalData } from '@kept/personal-data';

const seriesAfterTwoYears = retentionRule({
  name: 'series after two years',
  clock: 'ends_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'A series is kept as long as its last appointment',
});

const ofTheSeries = {
  subject: 'client_id',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  retention: seriesAfterTwoYears,
  erase: 'keep',
  export: 'client',
} satisfies Partial<PersonalData>;

const schedule = personal({
  ...ofTheSeries,
  category: 'kept:Schedule',
  reason: 'So that your times are kept for you, again and again',
});
const business = notPersonal('A business');

/** What is written down about appointments that repeat. */
export const seriesDeclarations = [
  declareTable('booking_series', {
    id: notPersonal('Random reference'),
    organization_id: business,
    client_id: notPersonal('Random reference of the client'),
    provider_id: notPersonal('Random reference of the staff member'),
    service_id: personal({
      ...ofTheSeries,
      category: 'pd:ServiceConsumptionBehaviour',
      reason: 'So that we know what you booked',
    }),
    rule: schedule,
    time_zone: notPersonal('The zone in which the provider works'),
    version: notPersonal('Counts changes'),
    starts_at: schedule,
    ends_at: schedule,
    created_at: notPersonal('When the series was made'),
  }),
  declareTable('series_occurrence', {
    organization_id: business,
    series_id: notPersonal('Random reference of the series'),
    position: notPersonal('Counts the occurrences'),
    planned_at: personal({
      ...ofTheSeries,
      subject: 'booking_series.client_id',
      category: 'kept:Schedule',
      reason: 'So that you can see what became of each time you asked for',
      retention: retentionRule({
        name: 'occurrences with their series',
        clock: 'booking_series.ends_at',
        period: 'P24M',
        then: 'delete_row',
        reason: 'They say what the series was',
      }),
    }),
    booking_id: notPersonal('Random reference of the booking'),
    reason: notPersonal('A code that says why a time was not booked'),
  }),
];
