import { openBulkhead } from './bulkhead.ts';

const never = new AbortController().signal;
const patient = { milliseconds: 60_000, signal: never };

describe('a bulkhead', () => {
  it('has as many places as it says, gives a free one to the first in line, and turns away whom the line cannot hold', async () => {
    const bulkhead = openBulkhead({ inFlightMax: 2, waitingMax: 2 });
    expect([bulkhead.enter(patient), bulkhead.enter(patient)]).toEqual([true, true]);
    const order: string[] = [];
    const first = Promise.resolve(bulkhead.enter(patient)).then((admitted) =>
      order.push(`first ${admitted}`),
    );
    const second = Promise.resolve(bulkhead.enter(patient)).then((admitted) =>
      order.push(`second ${admitted}`),
    );
    expect([bulkhead.waiting, bulkhead.enter(patient)]).toEqual([2, false]);
    bulkhead.leave();
    await first;
    expect([bulkhead.inFlight, bulkhead.waiting]).toEqual([2, 1]);
    bulkhead.leave();
    await second;
    expect(order).toEqual(['first true', 'second true']);
    bulkhead.leave();
    bulkhead.leave();
    expect([bulkhead.inFlight, bulkhead.waiting]).toEqual([0, 0]);
  });

  it('keeps nobody longer than they have time, nor after they left, and their place in line is free again', async () => {
    const bulkhead = openBulkhead({ inFlightMax: 1, waitingMax: 1 });
    expect(bulkhead.enter(patient)).toBe(true);
    expect(await bulkhead.enter({ milliseconds: 5, signal: never })).toBe(false);
    const leaving = new AbortController();
    const waiting = bulkhead.enter({ milliseconds: 60_000, signal: leaving.signal });
    expect(bulkhead.waiting).toBe(1);
    leaving.abort();
    expect(await waiting).toBe(false);
    expect([bulkhead.inFlight, bulkhead.waiting]).toEqual([1, 0]);
    expect(bulkhead.enter({ milliseconds: 60_000, signal: leaving.signal })).toBe(false);
    expect(bulkhead.enter({ milliseconds: 0, signal: never })).toBe(false);
  });
});
