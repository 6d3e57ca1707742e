import type { Transaction } from '@kept/database';
import { publishDocument } from './publish-document.ts';
import type { Draft } from './publish-document.ts';
import { currentDocument } from './read-documents.ts';

/** What every business begins with. Simple sentences on purpose; no claim here that the software does not keep. */
const STANDARD_DOCUMENTS: readonly Draft[] = [
  {
    purpose: 'booking.service',
    language: 'en',
    title: 'Privacy notice',
    text: [
      'We keep what we need to give you your appointment: your name, how to reach you, what you booked and when, what you paid, and the notes you write for your provider.',
      'Your name, your contact details and your notes are stored encrypted. Your provider reads your notes; the front desk can reach you; billing sees payments. Card numbers never reach us.',
      'We keep appointments for two years after they ended, and records of payments as long as tax law asks. Then they are deleted.',
      'You can ask for a copy, a correction or the deletion of your data at any time.',
    ].join('\n\n'),
  },
  {
    purpose: 'booking.reminder',
    language: 'en',
    title: 'Reminders by e-mail',
    text: 'May we send you an e-mail the day before your appointment? We use your address and the time of the appointment for it, and nothing else. You can withdraw this at any time, as easily as you give it; your appointments are not affected.',
  },
  {
    purpose: 'marketing.news',
    language: 'en',
    title: 'News by e-mail',
    text: 'May we send you news about our services by e-mail, at most once a month? We use your name and your address for it, and pass them on to nobody. You can withdraw this at any time, as easily as you give it; your appointments are not affected.',
  },
];

/** Publishes those standard documents that the organization has nothing of its own for. */
export async function publishStandardDocuments(tx: Transaction, now: Date): Promise<void> {
  for (const draft of STANDARD_DOCUMENTS)
    if ((await currentDocument(tx, draft)) === null)
      await publishDocument(tx, draft, { level: 'MAJOR', now });
}
