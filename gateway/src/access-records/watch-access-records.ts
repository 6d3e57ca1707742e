import { Counter, Gauge, type Registry } from 'prom-client';
import type { AccessRecordFigures, AccessRecords } from './open-access-records.ts';

/** Shows how many records there were, wait and were lost, whenever somebody looks. */
export function watchAccessRecords(records: Pick<AccessRecords, 'figures'>, registry: Registry): void {
  const registers = [registry];
  const figures: readonly [name: string, help: string, valueOf: (now: AccessRecordFigures) => number][] = [
    ['recorded', 'Answers that were written down.', ({ recorded }) => recorded],
    ['sent', 'Records that compliance has stored.', ({ sent }) => sent],
    ['lost', 'Records lost for want of room, or because compliance cannot use them.', ({ lost }) => lost],
    ['failures', 'Batches that did not arrive and are sent again.', ({ failures }) => failures],
    [
      'anonymous_denials',
      'What was denied to callers without a name.',
      ({ anonymousDenials }) => anonymousDenials,
    ],
  ];
  for (const [name, help, valueOf] of figures) {
    const counter = new Counter({
      name: `kept_gateway_access_records_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(valueOf(records.figures()));
      },
    });
    // Made to be collected; nobody counts with it directly.
    void counter;
  }
  const waiting = new Gauge({
    name: 'kept_gateway_access_records_waiting',
    help: 'Records that are not with compliance yet; some hundred when all is well.',
    registers,
    collect() {
      this.set(records.figures().waiting);
    },
  });
  void waiting;
}
