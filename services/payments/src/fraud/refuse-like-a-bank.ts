import type { Outcome, PaymentProcessor } from '../processor/payment-processor.ts';

/**
 * Refuses what was blocked in the words and with the work of a bank's refusal: how long an answer takes, and what it says, must
 * not tell whoever tries out cards that no bank was asked.
 */
export async function refuseLikeABank(
  processor: Pick<PaymentProcessor, 'findIntentByOp'>,
  id: string,
): Promise<Outcome<never>> {
  await processor.findIntentByOp(id);
  return { kind: 'REJECTED', code: 'card_declined' };
}
