import { IsNull, Not } from 'typeorm';
import { inOrganization, type PaymentsContext } from '../context.ts';
import { PaymentAssessment } from './payment-assessment.ts';

const LISTED_MAX = 50;
const open = { decision: IsNull(), paymentId: Not(IsNull()) } as const;

/** What waits for a decision, the oldest first. */
export function readReviews(context: PaymentsContext): Promise<PaymentAssessment[]> {
  return inOrganization(context, (tx) =>
    tx.manager.find(PaymentAssessment, {
      where: [
        { ...open, outcome: 'REVIEW' },
        { ...open, processorRisk: 'highest' },
      ],
      order: { assessedAt: 'ASC', id: 'ASC' },
      take: LISTED_MAX,
    }),
  );
}
