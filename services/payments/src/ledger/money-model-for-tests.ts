/**
 * What anybody would expect of the money of one appointment: sums on a sheet of paper. It knows nothing of operations, webhooks,
 * jobs or ledger transactions, and imports nothing of the service.
 */
export const DEPOSIT = 4500;
export const PRICE = 9000;
export const NO_SHOW_FEE = 6000;

export interface Paid {
  status: 'REQUIRES_ACTION' | 'AUTHORIZED' | 'CAPTURED' | 'VOIDED' | 'FAILED' | 'ABANDONED' | 'AUTH_EXPIRED';
  amount: number;
  captured: number;
  refunded: number;
  /** What its client complained about at their bank. */
  disputes: { id: string; amount: number; status: 'INQUIRY' | 'OPEN' | 'WON' | 'LOST' | 'CLOSED' }[];
  /** What the appointment made of it. */
  earned: 'service' | 'no_show' | null;
  /** What a cancellation still owes, because the bank has the money. */
  owed: number;
}

export interface Model {
  booking: 'HELD' | 'CONFIRMED' | 'REFUSED' | 'CANCELLED' | 'COMPLETED';
  deposit: Paid | null;
  balance: Paid | null;
  fee: Paid | null;
}

export const fresh = (): Model => ({ booking: 'HELD', deposit: null, balance: null, fee: null });

export const begun = (amount: number, status: Paid['status']): Paid => {
  const captured = status === 'CAPTURED' ? amount : 0;
  return { status, amount, captured, refunded: 0, disputes: [], earned: null, owed: 0 };
};

/** The bank has it, or keeps it. */
const withheld = ({ disputes }: Paid): number =>
  disputes.reduce(
    (sum, { amount, status }) => sum + (status === 'OPEN' || status === 'LOST' ? amount : 0),
    0,
  );

export const kept = ({ captured, refunded }: Paid): number => captured - refunded;

export const mayRefund = (paid: Paid, amount: number): boolean =>
  paid.status === 'CAPTURED' && withheld(paid) === 0 && amount <= kept(paid);

/** The appointment is over, or off: what is owed goes back first, unless the bank has it; the rest is earned. */
export function close(paid: Paid | null, { owed, isAbsent }: { owed: number; isAbsent: boolean }): void {
  if (paid?.status !== 'CAPTURED') return;
  const due = Math.min(Math.max(0, owed - paid.refunded), kept(paid));
  if (withheld(paid) > 0) paid.owed = due;
  else paid.refunded += due;
  paid.earned = isAbsent && kept(paid) > 0 ? 'no_show' : 'service';
}

/** The bank has decided. What waited for that goes back now. */
export function decided(paid: Paid, status: 'WON' | 'LOST' | 'CLOSED'): void {
  const last = paid.disputes.at(-1);
  if (last !== undefined) last.status = status;
  if (withheld(paid) > 0) return;
  paid.refunded += paid.owed;
  paid.owed = 0;
}

/** As the processor's price list says: a share and a fixed part of each charge; of each dispute 20.00. */
const processorKeeps = ({ captured, disputes }: Paid): number =>
  (captured === 0 ? 0 : Math.round(captured * 0.015) + 25) +
  2000 * disputes.filter(({ status }) => status !== 'INQUIRY' && status !== 'CLOSED').length;

const RESERVED = 'AUTHORIZED';

function accountsOf(paid: Paid): Record<string, number> {
  const { status, amount, captured, refunded, disputes, earned } = paid;
  const held = status === RESERVED ? amount : 0;
  const sum = (which: string) =>
    disputes.reduce((total, dispute) => total + (dispute.status === which ? dispute.amount : 0), 0);
  return {
    'memo:processor_hold': held,
    'memo:customer_hold': -held,
    'asset:processor_receivable': captured - refunded - withheld(paid) - processorKeeps(paid),
    'asset:dispute_reserve': sum('OPEN'),
    'expense:chargeback': sum('LOST'),
    'expense:processor_fees': processorKeeps(paid),
    'contra:refunds': refunded,
    'liability:deferred_revenue': earned === null ? -captured : 0,
    'revenue:service': earned === 'service' ? -captured : 0,
    'revenue:no_show': earned === 'no_show' ? -captured : 0,
  };
}

export const paidOf = ({ deposit, balance, fee }: Readonly<Model>): Paid[] =>
  [deposit, balance, fee].filter((paid) => paid !== null);

/** The balance of every account that is not zero. */
export function booksOf(model: Readonly<Model>): Record<string, number> {
  const books: Record<string, number> = {};
  for (const accounts of paidOf(model).map(accountsOf)) {
    for (const [account, amount] of Object.entries(accounts)) books[account] = (books[account] ?? 0) + amount;
  }
  return Object.fromEntries(Object.entries(books).filter(([, amount]) => amount !== 0));
}

/** Each payment in one line, as the service's own rows are told. */
export const linesOf = (model: Readonly<Model>): string[] =>
  Object.entries({ DEPOSIT: model.deposit, BALANCE: model.balance, NO_SHOW_FEE: model.fee }).flatMap(
    ([purpose, paid]) =>
      paid === null
        ? []
        : [`${purpose} ${paid.status} ${paid.captured} ${paid.refunded} 0 ${withheld(paid)}`],
  );
