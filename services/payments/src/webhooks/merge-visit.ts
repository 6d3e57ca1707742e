import type { Payments } from '../context.ts';
import { completeCollection } from '../payment-methods/complete-collection.ts';
import { noteDecline } from '../payment-methods/note-decline.ts';
import type { EventFacts, Outcome, SetupFacts } from '../processor/payment-processor.ts';

/**
 * Works off an event about a setup or a visit to the card page: asks the processor how the setup stands now. Null: the event
 * is about something else. A setup that is not ours (made in the dashboard) is ignored; one whose visit is not written down
 * yet is deferred.
 */
export async function mergeVisit(
  payments: Payments,
  event: EventFacts,
): Promise<'DONE' | 'IGNORED' | 'DEFERRED' | null> {
  const { subject, reference } = event;
  if (subject !== 'SETUP' && subject !== 'COLLECTION') return null;
  if (reference === null) return 'IGNORED';
  const setup = await readSetup(payments, { subject, reference });
  if (setup.kind !== 'DONE') return setup.kind === 'UNKNOWN' ? 'DEFERRED' : 'IGNORED';
  const origin = setup.value?.origin ?? null;
  if (setup.value === null || origin === null) return 'IGNORED';
  if (!(await completeCollection(payments, origin, setup.value))) return 'DEFERRED';
  const isDecline = event.type === 'setup_intent.setup_failed' && setup.value.status !== 'SUCCEEDED';
  return !isDecline || (await noteDecline(payments, origin)) ? 'DONE' : 'DEFERRED';
}

async function readSetup(
  { processor }: Payments,
  { subject, reference }: { subject: 'SETUP' | 'COLLECTION'; reference: string },
): Promise<Outcome<SetupFacts | null>> {
  if (subject === 'SETUP') return processor.readSetup(reference);
  const visit = await processor.readCollection(reference);
  if (visit.kind !== 'DONE') return visit;
  const { setupReference } = visit.value;
  return setupReference === null ? { kind: 'DONE', value: null } : processor.readSetup(setupReference);
}
