import type { BoughtPass } from '../passes/bought-pass.ts';
import type { NextStep, Situation } from './next-step.ts';

export type PassSituation = Pick<BoughtPass, 'outcome' | 'validUntil'> & {
  /** The refund for which it was taken back, and of which nothing was sent yet. */
  refundToSend: string | null;
};

/** What a pass asks of the money that was taken for it. What it brought is earned when it has ended, or been given back. */
export function forPass({ payment, pass, refundCauses, earned, now }: Situation): NextStep {
  if (pass === null) return null;
  const earn: NextStep = earned ? null : { step: 'EARN' };
  // While the bank disputes the charge, giving money back would be a double loss.
  const isDisputed = payment.disputedMinor > 0n;
  switch (pass.outcome) {
    case 'OFFERED':
      return null;
    case 'GRANTED':
      return pass.validUntil !== null && now >= pass.validUntil ? earn : null;
    case 'REFUSED': {
      const amountMinor = payment.refundableMinor();
      const possible = amountMinor > 0n && !isDisputed && !refundCauses.includes('PASS_REFUSED');
      return possible ? { step: 'REFUND', amountMinor, cause: 'PASS_REFUSED' } : earn;
    }
    case 'RETURNED': {
      const { refundToSend: refundId } = pass;
      if (refundId === null) return earn;
      return { step: isDisputed ? 'DROP_REFUND' : 'SEND_REFUND', refundId };
    }
  }
}
