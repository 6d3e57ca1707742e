/** What stories about counted things do with a business's only service, in few words. */
import type { Caller } from '@kept/passport';
import { CANCEL, CONFIRM, HOLD, mutate, RESCHEDULE, type Answer } from '../operations-for-tests.ts';
import type { TestBusiness, TestScheduling } from '../scheduling-for-tests.ts';

export interface Booked {
  id: string;
  version: number;
}

/** A time on a day of February 2027, in London's winter. */
export const at = (time: string, day = '03'): string => `2027-02-${day}T${time}:00.000Z`;
export const typeOf = async (answer: Promise<Answer>): Promise<string> => (await answer).__typename;

/** The words of a story; test and business are looked up each time, because each case opens its own. */
export function storyOf(open: () => { test: TestScheduling; business: TestBusiness }) {
  const hold = (client: Caller, startsAt: string, more: Record<string, unknown> = {}): Promise<Answer> => {
    const { test, business } = open();
    return mutate(test, client, { query: HOLD, input: { serviceId: business.serviceId, startsAt, ...more } });
  };
  return {
    hold,
    book: async (client: Caller, startsAt: string, more: Record<string, unknown> = {}): Promise<Booked> => {
      const held = await hold(client, startsAt, more);
      if (held.__typename !== 'SlotHold') throw new Error(`not held: ${JSON.stringify(held)}`);
      const confirmed = await mutate(open().test, client, {
        query: CONFIRM,
        input: { holdId: held['id'] },
      });
      return confirmed['booking'] as Booked;
    },
    cancel: (client: Caller, { id, version }: Booked): Promise<Answer> =>
      mutate(open().test, client, { query: CANCEL, input: { bookingId: id, expectedVersion: version } }),
    move: (client: Caller, { id, version }: Booked, startsAt: string): Promise<Answer> =>
      mutate(open().test, client, {
        query: RESCHEDULE,
        input: { bookingId: id, expectedVersion: version, startsAt },
      }),
    rows: (query: string): Promise<Record<string, unknown>[]> => {
      const { test, business } = open();
      return test.database.transaction(business.organizationId, (tx) => tx.query(query));
    },
  };
}
