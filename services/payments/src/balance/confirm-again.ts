import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { refuseLikeABank } from '../fraud/refuse-like-a-bank.ts';
import { intentReferenceOf } from '../operations/send-op.ts';
import { applyIntentFacts } from '../payments/apply-intent-facts.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import type { Answer } from '../payments/once.ts';
import { Payment } from '../payments/payment.ts';
import { usableMethod } from '../payments/usable-method.ts';
import type { IntentFacts, Outcome } from '../processor/payment-processor.ts';
import { openReference } from '../processor/sealed-reference.ts';

/** As many failures of one client are blocked everywhere else (fraud/rules.ts); `confirmations_are_few` keeps it. */
const CONFIRMATIONS_MAX = 5;

/**
 * Takes a payment up that waits for its payer: the processor's intent is confirmed again, now that they are here, and its
 * secret goes to them. The intent is the same, so however often they come back, at most one of it succeeds.
 */
export async function confirmAgain(
  context: PaymentsContext,
  payment: Payment,
  { methodId, key }: { methodId: string | null; key: string },
): Promise<Answer<never>> {
  const { payments } = context;
  const { keyring } = payments;
  const wanted = methodId ?? payment.paymentMethodId;
  const references = await inOrganization(context, async (tx) => {
    const method = wanted === null ? null : await usableMethod(context, tx, wanted);
    const { clientId } = payment;
    const place = { table: 'payment_method', rowId: method?.id ?? '', clientId } as const;
    return {
      intent: await intentReferenceOf(payments, tx, payment),
      method: method && (await openReference({ keyring, tx, sealed: method.processorReference }, place)),
    };
  });
  const unanswered: Answer<never> = { kind: 'STANDS', payment, clientSecret: null };
  if (references.intent === null || references.method === null) return unanswered;
  const read = await payments.processor.readIntent(references.intent);
  // An intent that asks for its cardholder already is not confirmed anew: its own page is still open.
  const isOther = methodId !== null && methodId !== payment.paymentMethodId;
  const status = read.kind === 'DONE' ? read.value.status : null;
  if (status !== 'REQUIRES_METHOD' && !(status === 'REQUIRES_ACTION' && isOther))
    return answer(context, payment, { outcome: read, methodId: null });
  if (!(await claimConfirmation(context, payment))) {
    await refuseLikeABank(payments.processor, payment.id);
    return { kind: 'STANDS', payment: declined(payment), clientSecret: null };
  }
  const outcome = await payments.processor.confirm({
    key: `resume_${payment.id}_${key}`,
    intentReference: references.intent,
    methodReference: references.method,
  });
  return answer(context, payment, { outcome, methodId: wanted });
}

/** A few questions to banks, and no more: cards can be tried out here as anywhere. */
function claimConfirmation(context: PaymentsContext, { id }: Payment): Promise<boolean> {
  return inOrganization(context, async (tx) => {
    const claimed = await tx.query(
      'UPDATE payment SET confirmations = confirmations + 1 WHERE id = $1 AND confirmations < $2 RETURNING id',
      [id, CONFIRMATIONS_MAX],
    );
    return claimed.length > 0;
  });
}

async function answer(
  context: PaymentsContext,
  payment: Payment,
  { outcome, methodId }: { outcome: Outcome<IntentFacts>; methodId: string | null },
): Promise<Answer<never>> {
  const facts =
    outcome.kind === 'DONE' ? outcome.value : outcome.kind === 'REJECTED' ? outcome.intent : undefined;
  const stands = facts === undefined ? payment : await record(context, payment.id, { facts, methodId });
  if (outcome.kind === 'REJECTED') return { kind: 'STANDS', payment: declined(stands), clientSecret: null };
  const waits = stands.status === 'REQUIRES_ACTION' && facts?.status === 'REQUIRES_ACTION';
  return { kind: 'STANDS', payment: stands, clientSecret: waits ? facts.clientSecret : null };
}

function record(
  context: PaymentsContext,
  paymentId: string,
  { facts, methodId }: { facts: IntentFacts; methodId: string | null },
): Promise<Payment> {
  askingAccount(context);
  const { payments, caller } = context;
  return inOrganization(context, async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    if (payment === null) return tx.manager.findOneByOrFail(Payment, { id: paymentId });
    // The card that is charged is the one that stays until it is, and that a receipt names.
    if (methodId !== null && facts.status !== 'REQUIRES_METHOD' && payment.status === 'REQUIRES_ACTION') {
      payment.paymentMethodId = methodId;
      await tx.manager.save(payment);
    }
    await applyIntentFacts({ payments, tx, payment, actor: caller }, facts);
    return payment;
  });
}

/** As it is shown to whoever was just refused; nothing is stored: it waits for them until the deadline. */
const declined = (payment: Payment): Payment =>
  payment.status === 'REQUIRES_ACTION'
    ? Object.assign(new Payment(), payment, { status: 'FAILED' })
    : payment;
