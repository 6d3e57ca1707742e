import type { Figure } from '@kept/subgraph-kit';
import type { Payments } from '../context.ts';
import { attestationDaysLeft } from './attestation.ts';

/** For whoever operates this, before any business has to ask: nothing where no day is set, as with a test key. */
export function attestationFigures({ attestationUntil, clock }: Payments): Figure[] {
  if (attestationUntil === null) return [];
  return [
    {
      name: 'kept_processor_attestation_days_left',
      help: "Days until the payment processor's attestation of PCI DSS has run out, today included; none when 0 or less.",
      value: () => attestationDaysLeft(attestationUntil, clock()),
    },
  ];
}
