import { randomUUID } from 'node:crypto';
import type { PassportKey } from '@kept/passport';
import type { Clock, Logger } from '@kept/subgraph-kit';
import type { ExecutionResult } from 'graphql';
import type { OnDenied } from '../authorize/denials.ts';
import type { RequestContext } from '../context.ts';
import type { PreparedOperation } from '../operations/prepared-operation.ts';
import { weightOf, type AccessRecord } from './access-record.ts';
import { openAnonymousDenials } from './anonymous-denials.ts';
import { answerPlan, type AnswerPlan, type PlanOptions } from './answer-plan.ts';
import { coordinatesAt, readAnswer, type Seen, type Variables } from './read-answer.ts';
import { openReadingWindow, type ReadingWindow } from './reading-window.ts';
import { openRecordBuffer } from './record-buffer.ts';
import { BATCH, openSender, type Sender } from './send-records.ts';
import type { DownloadLimits } from './settings.ts';

/** One operation with its answer. */
export interface Answered {
  readonly graph: PlanOptions;
  readonly prepared: PreparedOperation;
  readonly variables: Variables;
  readonly context: RequestContext;
  readonly result: ExecutionResult;
}

/** What the metrics tell of this part. */
export interface AccessRecordFigures {
  readonly recorded: number;
  readonly waiting: number;
  readonly sent: number;
  /** Lost for want of room, or because compliance cannot use them. */
  readonly lost: number;
  readonly failures: number;
  readonly anonymousDenials: number;
}

/** Who saw what: written down after each answer, carried to compliance in batches. */
export interface AccessRecords {
  /** To be told of what is withheld, while the operation runs. */
  readonly onDenied: OnDenied;
  /** To be told of each answer; the work is done after it was sent. Never throws. */
  record(answered: Answered): void;
  /** What was read by another way than an operation of the graph, already in the words of a record. */
  add(record: AccessRecord): void;
  /** Throws a `Fault` when this caller has read too much and the setting says that this ends it. */
  assertMayRead(context: RequestContext): void;
  figures(): AccessRecordFigures;
  stop(): Promise<void>;
}

export interface AccessRecordOptions {
  /** Where compliance is, and the key that it shares with the gateway. */
  readonly compliance: { readonly url: string; readonly key: PassportKey };
  readonly limits: DownloadLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly everyMs?: number | undefined;
}

interface Withheld {
  readonly denied: Set<string>;
  readonly violations: Set<string>;
}

/** Opens the record of this gateway's answers. Costs a request one look-up and one callback, and nothing where no answer is personal. */
export const openAccessRecords = (options: AccessRecordOptions): AccessRecords => new Recorder(options);

class Recorder implements AccessRecords {
  readonly #options: AccessRecordOptions;
  readonly #buffer = openRecordBuffer();
  readonly #anonymous = openAnonymousDenials();
  readonly #window: ReadingWindow;
  readonly #sender: Sender;
  readonly #withheld = new WeakMap<RequestContext, Withheld>();
  /** Answers that are out and of which nothing is written yet. */
  readonly #unwritten = new Set<Answered>();
  #recorded = 0;
  #weight = 0;

  constructor(options: AccessRecordOptions) {
    this.#options = options;
    this.#window = openReadingWindow(options.limits);
    const { compliance, clock, log, everyMs } = options;
    const beforeEach = () => this.#addUp();
    this.#sender = openSender({ ...compliance, buffer: this.#buffer, clock, log, beforeEach, everyMs });
  }

  readonly onDenied: OnDenied = ({ coordinates, reason, enforced, context }) => {
    if (!enforced) return;
    const known = this.#withheld.get(context) ?? nothing();
    this.#withheld.set(context, known);
    for (const coordinate of coordinates)
      known[reason === 'PURPOSE' ? 'violations' : 'denied'].add(coordinate);
  };

  record(answered: Answered): void {
    const now = this.#options.clock();
    this.#unwritten.add(answered);
    setImmediate(() => this.#write(answered, now));
  }

  add(record: AccessRecord): void {
    this.#keep(record);
  }

  assertMayRead({ caller }: RequestContext): void {
    this.#window.assertMayRead(caller, this.#options.clock());
  }

  figures(): AccessRecordFigures {
    const { dropped } = this.#buffer;
    const { sent, refused, failures } = this.#sender.counters;
    return {
      recorded: this.#recorded,
      waiting: this.#buffer.size,
      sent,
      lost: dropped.reads + dropped.auditWorthy + refused,
      failures,
      anonymousDenials: this.#anonymous.count,
    };
  }

  async stop(): Promise<void> {
    // The last answers are out; what there is to say of them may not be written yet.
    for (const answered of this.#unwritten) this.#write(answered, this.#options.clock());
    this.#addUp(true);
    await this.#sender.stop();
  }

  #write(answered: Answered, now: Date): void {
    if (!this.#unwritten.delete(answered)) return;
    try {
      const { graph, prepared, context, variables, result } = answered;
      const plan = answerPlan(prepared, graph);
      const seen = plan && readAnswer(result.data, plan, { variables, asker: askerOf(context) });
      const refused = this.#withheld.get(context) ?? nothing();
      if (plan) addRefusedRows(refused, { plan, answered });
      if (seen) this.#window.add(context.caller, seen, now);
      if ((seen?.rows ?? 0) > 0 || refused.denied.size > 0 || refused.violations.size > 0)
        this.#keep(recordOf(answered, { seen, refused, now }));
    } catch (error) {
      this.#options.log.error({ err: error }, 'an answer could not be recorded');
    }
  }

  #keep(record: AccessRecord): void {
    if (record.actor.id === null && record.rows === 0) return this.#anonymous.add(record);
    // Whoever asks no organization is told nothing that belongs to one.
    if (record.organizationId === '') return;
    this.#recorded += 1;
    this.#weight += weightOf(record);
    this.#buffer.add(record);
    if (this.#buffer.size < BATCH.recordsMax && this.#weight < BATCH.weightMax) return;
    this.#weight = 0;
    this.#sender.nudge();
  }

  #addUp(all = false): void {
    for (const record of this.#anonymous.take(this.#options.clock(), all)) this.#buffer.add(record);
  }
}

const nothing = (): Withheld => ({ denied: new Set(), violations: new Set() });

/** Clients see rows of their own: whose they are need not stand in them. */
const askerOf = ({ caller }: RequestContext) => (caller.kind === 'CLIENT' ? caller.accountId : null);

/** What a subgraph refused with the row in hand: it says where in the answer. */
function addRefusedRows(
  refused: Withheld,
  { plan, answered }: { plan: AnswerPlan; answered: Answered },
): void {
  for (const { path, extensions } of answered.result.errors ?? []) {
    if (extensions['code'] !== 'UNAUTHORIZED_FIELD_OR_TYPE' || !path) continue;
    for (const number of coordinatesAt(plan, path)) refused.denied.add(nameOf(answered, number));
  }
}

// The app says what it is called, and the registry whether it is known.
const clientOf = (context: RequestContext & { readonly client?: { readonly id: string | null } }) =>
  context.client?.id ?? null;

const nameOf = ({ graph }: Answered, number: number): string =>
  graph.decisions.coordinates[number] ?? 'unknown';

function recordOf(
  answered: Answered,
  { seen, refused, now }: { seen: Seen | null; refused: Withheld; now: Date },
): AccessRecord {
  const { prepared, context } = answered;
  const { caller } = context;
  // Equal lists are one list: named once, and written once in a batch.
  const lists = new Map<readonly number[], readonly string[]>();
  const namesOf = (numbers: readonly number[]) => {
    const names = lists.get(numbers) ?? numbers.map((number) => nameOf(answered, number));
    lists.set(numbers, names);
    return names;
  };
  return {
    id: randomUUID(),
    occurredAt: now.toISOString(),
    organizationId: caller.organizationId ?? '',
    actor: { kind: caller.kind, id: caller.accountId },
    sessionId: caller.sessionId,
    requestId: caller.requestId,
    operation: { name: prepared.name, hash: prepared.hash, kind: prepared.kind },
    client: clientOf(context),
    purposes: context.purposes,
    answered: seen ? namesOf(seen.answered) : [],
    rows: seen?.rows ?? 0,
    subjects: [...(seen?.people ?? [])].map(([id, numbers]) => ({ id, fields: namesOf(numbers) })),
    denied: [...refused.denied].toSorted(),
    violations: [...refused.violations].toSorted(),
    emergency: context.audiences.includes('EMERGENCY'),
    occurrences: 1,
  };
}
