import { ApiError } from './api-error.ts';

/** Troubles that can be ordered with POST /simulator/faults, each for the next `times` requests or deliveries. */
export const REQUEST_FAULTS = [
  'drop_before',
  'drop_after',
  'answer_500',
  'answer_500_after',
  'answer_422',
  'answer_429',
  'slow',
  'slow_answer',
  'search_lag',
] as const;
export const WEBHOOK_FAULTS = [
  'webhook_lost',
  'webhook_duplicate',
  'webhook_late',
  'webhook_reorder',
  'webhook_forged',
  'webhook_future_dated',
  'webhook_stale',
] as const;

export type RequestFault = (typeof REQUEST_FAULTS)[number];
export type WebhookFault = (typeof WEBHOOK_FAULTS)[number];

export interface Fault {
  kind: RequestFault | WebhookFault;
  times: number;
  /** Only requests whose path begins so, such as `/v1/refunds`; webhooks: only events of this type. */
  only: string;
  milliseconds: number;
}

const isKind = (word: unknown): word is Fault['kind'] =>
  [...REQUEST_FAULTS, ...WEBHOOK_FAULTS].some((kind) => kind === word);

export function readFault(json: string): Fault {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    throw new ApiError('A fault is a JSON object such as {"kind":"drop_after","times":1}.');
  }
  const { kind, times = 1, only = '', milliseconds = 300 } = { ...(given as Partial<Fault> | null) };
  if (!isKind(kind)) {
    throw new ApiError(`kind must be one of ${[...REQUEST_FAULTS, ...WEBHOOK_FAULTS].join(', ')}`);
  }
  if (!Number.isInteger(times) || times < 1 || !Number.isInteger(milliseconds) || typeof only !== 'string') {
    throw new ApiError('times and milliseconds are whole numbers, only is text');
  }
  return { kind, times, only, milliseconds };
}

export interface FaultPlan {
  faults: Fault[];
  /** The next ordered fault of these kinds for this path or event, used up by asking. */
  take<Kind extends Fault['kind']>(
    kinds: readonly Kind[],
    subject: string,
  ): (Fault & { kind: Kind }) | undefined;
}

export function openFaultPlan(): FaultPlan {
  const plan: FaultPlan = {
    faults: [],
    take(kinds, subject) {
      for (const fault of plan.faults) {
        const kind = kinds.find((candidate) => candidate === fault.kind);
        if (kind === undefined || !subject.startsWith(fault.only)) continue;
        fault.times -= 1;
        if (fault.times === 0) plan.faults.splice(plan.faults.indexOf(fault), 1);
        return { ...fault, kind };
      }
      return undefined;
    },
  };
  return plan;
}
