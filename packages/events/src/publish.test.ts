import { withinRequest } from '@kept/request-scope';
import { openPostgresNetwork, payment, testOrganization, type Network } from './network-for-tests.ts';
import { publish } from './publish.ts';
import type { EventPayload } from './catalogue.ts';

let network: Network;
beforeAll(() => void (network = openPostgresNetwork()));
afterAll(() => network.close());

describe('publish', () => {
  it('writes the event and one delivery per consumer', async () => {
    const identity = await network.service('identity');
    const organizationId = await testOrganization(identity.database);
    const payload = { name: 'Bellevue Clinic', timeZone: 'Europe/Zurich', currency: 'CHF' };
    const id = await identity.publish(organizationId, 'organization.created', payload);
    expect(await identity.rows('SELECT id, organization_id, name, version, payload FROM outbox')).toEqual([
      { id, organization_id: organizationId, name: 'organization.created', version: 1, payload },
    ]);
    const deliveries = await identity.rows<{ consumer: string }>(
      'SELECT consumer FROM outbox_delivery ORDER BY 1',
    );
    expect(deliveries.map(({ consumer }) => consumer)).toEqual(['compliance', 'payments', 'scheduling']);
  });

  it('names the request that an event comes of, and none when nobody asked for it', async () => {
    const identity = await network.service('identity');
    const organizationId = await testOrganization(identity.database);
    const payload = { name: 'Bellevue Clinic', timeZone: 'Europe/Zurich', currency: 'CHF' };
    const publishOne = () => identity.publish(organizationId, 'organization.created', payload);
    const asked = await withinRequest({ requestId: 'request-7' }, publishOne);
    const unasked = await publishOne();
    expect(await identity.rows('SELECT id, request_id FROM outbox ORDER BY request_id')).toEqual([
      { id: asked, request_id: 'request-7' },
      { id: unasked, request_id: null },
    ]);
  });

  it('refuses a payload that is not in the form of the catalogue, without quoting it', async () => {
    const payments = await network.service('payments');
    const organizationId = await testOrganization(payments.database);
    const wrong = { ...payment(), cardHolder: 'canary Ada' } as EventPayload<'payment.captured'>;
    await expect(payments.publish(organizationId, 'payment.captured', wrong)).rejects.toThrow(
      /^payment.captured is not in the form of the catalogue: payload \(unrecognized_keys\)\.$/,
    );
    const half = { ...payment(), amountMinor: 12.5 };
    await expect(payments.publish(organizationId, 'payment.captured', half)).rejects.toThrow('amountMinor');
    expect(await payments.rows('SELECT FROM outbox')).toEqual([]);
  });

  it('refuses an event outside any organization', async () => {
    const { database } = await network.service('payments');
    const outside = database.infrastructure('test', (tx) => publish(tx, 'payment.captured', payment()));
    await expect(outside).rejects.toThrow('outside any organization');
  });
});
