/** What tests of offers set up through the graph, as a manager would. */
import { mutate, type Answer } from '../operations-for-tests.ts';
import type { TestBusiness, TestScheduling } from '../scheduling-for-tests.ts';
import { addProvider } from '../providers/on-staff-joined.ts';
import { randomUUID } from 'node:crypto';

const SERVICE = `id version name capacity durationMinutes price { amountMinor currency } deposit { amountMinor } timeZoneVisible approvalRequired
  variants { id name durationMinutes price { amountMinor } } addOns { id name extraMinutes extraPrice { amountMinor } }
  locations { id kind name address timeZoneVisible } providerChoice providersNeeded noShowFee { percent amount { amountMinor } }
  requirements { groupId resourceId required }`;
const operation = (field: string, answers: string): string => {
  const input = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  return `mutation ($input: ${input}!) { ${field}(input: $input) { __typename ${answers}
    ... on IdempotencyConflict { message } } }`;
};
const changing = (field: string): string =>
  operation(
    field,
    `... on ServiceChanged { service { ${SERVICE} } } ... on VersionConflict { message currentVersion }`,
  );
const RESOURCE = 'id kind name capacity version';
const NOT_ENOUGH =
  '... on NotEnoughResources { message available } ... on VersionConflict { currentVersion }';

export const OFFERS = {
  createService: operation('createService', `... on ServiceCreated { service { ${SERVICE} } }`),
  updateService: changing('updateService'),
  archiveService: changing('archiveService'),
  addServiceVariant: changing('addServiceVariant'),
  addServiceAddOn: changing('addServiceAddOn'),
  archiveServiceChoice: changing('archiveServiceChoice'),
  setResourceRequirements: operation(
    'setResourceRequirements',
    `... on ServiceChanged { service { ${SERVICE} } } ${NOT_ENOUGH}`,
  ),
  createLocation: operation(
    'createLocation',
    '... on LocationSaved { location { id kind name address version timeZoneVisible } }',
  ),
  updateLocation: operation(
    'updateLocation',
    '... on LocationSaved { location { id name address version } } ... on VersionConflict { currentVersion }',
  ),
  createResource: operation('createResource', `... on ResourceSaved { resource { ${RESOURCE} } }`),
  updateResource: operation(
    'updateResource',
    `... on ResourceSaved { resource { ${RESOURCE} } } ${NOT_ENOUGH}`,
  ),
  createResourceGroup: operation(
    'createResourceGroup',
    `... on ResourceGroupSaved { group { id name version members { id } } }`,
  ),
  updateResourceGroup: operation(
    'updateResourceGroup',
    `... on ResourceGroupSaved { group { id name version members { id } } } ${NOT_ENOUGH}`,
  ),
  setBookingLimit: operation(
    'setBookingLimit',
    '... on BookingLimitSet { limit { id scope period bookingsMax } }',
  ),
  removeBookingLimit: operation('removeBookingLimit', '... on BookingLimitRemoved { limitId }'),
} as const;

/** Asks one of these as a manager. */
export const offer = (
  { test, business }: { test: TestScheduling; business: TestBusiness },
  name: keyof typeof OFFERS,
  input: Record<string, unknown>,
): Promise<Answer> => mutate(test, business.staff('MANAGER'), { query: OFFERS[name], input });

/** The id of what came of it. */
export function idIn(answer: Answer): string {
  const saved =
    answer['service'] ?? answer['location'] ?? answer['resource'] ?? answer['group'] ?? answer['limit'];
  return (saved as { id: string }).id;
}

/** So many rooms, in a group. */
export async function someRooms(
  test: TestScheduling,
  business: TestBusiness,
  count: number,
): Promise<{ groupId: string; roomIds: string[] }> {
  const roomIds: string[] = [];
  for (let room = 1; room <= count; room += 1) {
    roomIds.push(
      idIn(await offer({ test, business }, 'createResource', { kind: 'ROOM', name: `Room ${room}` })),
    );
  }
  const group = await offer({ test, business }, 'createResourceGroup', { name: 'Rooms', memberIds: roomIds });
  return { groupId: idIn(group), roomIds };
}

/** More providers of the business's service, who work every day from 08:00 to 20:00 in London. */
export async function moreProviders(
  { database }: TestScheduling,
  { organizationId, serviceId }: TestBusiness,
  count: number,
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID()).toSorted();
  await database.transaction(organizationId, async (tx) => {
    for (const id of ids) await addProvider(tx, { id, timeZone: 'Europe/London' });
    await tx.query('INSERT INTO service_provider SELECT $1, $2, unnest($3::uuid[])', [
      organizationId,
      serviceId,
      ids,
    ]);
    await tx.query(
      `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
       SELECT gen_random_uuid(), $1, p, day, 480, 1200 FROM unnest($2::uuid[]) AS p, generate_series(0, 6) AS day`,
      [organizationId, ids],
    );
  });
  return ids;
}
