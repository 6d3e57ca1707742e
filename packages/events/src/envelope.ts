import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { KeyLike } from './keys.ts';
import { SERVICES, type ServiceName } from './services.ts';
import { StatementRefused, openStatement, signStatement } from './statement.ts';

const EVENT_PREFIX = 'kept/event/v1';
const ACKNOWLEDGEMENT_PREFIX = 'kept/ack/v1';

// The names and versions of events are open here: an envelope we understand may hold an event we do not know yet.
const envelopeSchema = z.strictObject({
  v: z.literal(1),
  id: z.uuid(),
  name: z.string().min(1).max(100),
  version: z.int().positive(),
  publisher: z.enum(SERVICES),
  organizationId: z.uuid(),
  occurredAt: z.iso.datetime(),
  /** The client's request that it comes of. */
  requestId: z.string().min(1).max(100).optional(),
  payload: z.record(z.string(), z.unknown()),
});

const acknowledgementSchema = z.strictObject({
  v: z.literal(1),
  consumer: z.enum(SERVICES),
  eventIds: z.array(z.uuid()).min(1).max(1_000),
});

/** What travels: the event, whose it is, and who says so. */
export type Envelope = z.infer<typeof envelopeSchema>;
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/** What stands in a queue: a signed statement, and whose key to try. */
export interface Letter {
  from: string;
  statement: string;
}

export function sealEvent(envelope: Envelope, signingKey: KeyLike): Letter {
  return { from: envelope.publisher, statement: signStatement(EVENT_PREFIX, envelope, signingKey) };
}

export function sealAcknowledgement(acknowledgement: Acknowledgement, signingKey: KeyLike): Letter {
  const statement = signStatement(ACKNOWLEDGEMENT_PREFIX, acknowledgement, signingKey);
  return { from: acknowledgement.consumer, statement };
}

type Trusted = ReadonlyMap<string, KeyObject>;

function openLetter<T>(
  letter: Letter,
  { prefix, schema, trusted }: { prefix: string; schema: z.ZodType<T>; trusted: Trusted },
): T {
  const key = trusted.get(letter.from);
  if (!key || typeof letter.statement !== 'string')
    throw new StatementRefused('Nobody we trust signed this.');
  const opened = schema.safeParse(openStatement(prefix, letter.statement, key));
  if (opened.success) return opened.data;
  throw new StatementRefused('The statement is genuine and has a form we do not know.');
}

/** Throws StatementRefused unless the publisher named inside signed it. */
export function openEvent(letter: Letter, trusted: Trusted): Envelope {
  const envelope = openLetter(letter, { prefix: EVENT_PREFIX, schema: envelopeSchema, trusted });
  return mustBe(letter, envelope.publisher, envelope);
}

/** Throws StatementRefused unless the consumer named inside signed it. */
export function openAcknowledgement(letter: Letter, trusted: Trusted): Acknowledgement {
  const opened = openLetter(letter, {
    prefix: ACKNOWLEDGEMENT_PREFIX,
    schema: acknowledgementSchema,
    trusted,
  });
  return mustBe(letter, opened.consumer, opened);
}

// A genuine signature under somebody else's name: payments' key must not be able to speak for identity.
function mustBe<T>(letter: Letter, said: ServiceName, opened: T): T {
  if (said === letter.from) return opened;
  throw new StatementRefused('The statement is signed by another than it says.');
}
