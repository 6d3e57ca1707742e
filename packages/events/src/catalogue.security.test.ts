import { z } from 'zod';
import { catalogue, EVENT_NAMES, eventsFor } from './catalogue.ts';
import { SERVICES } from './services.ts';

// The hole: an e-mail address, a note, a card number added to an event travels into queues, into other services' databases and
// into their backups, where no erasure finds it. So every key a payload may have stands here, and free keys are impossible.
const ADMITTED: Record<string, string> = {
  // ids and references
  'offboardingId reviewId decidedBy locationIds locationId': 'id',
  'counts.*': 'count',
  'alertId bookingId clientId holdId paymentId providerId serviceId messageId receiptId staffMemberId dataSubjectId':
    'id',
  'actor.id subject.id recipient.id recipientId requestId purchaseId refundId': 'id',
  // times, and where the day begins
  'startsAt endsAt endedAt sentAt occurredAt notAfter validUntil timeZone': 'time',
  // amounts and counts
  'amountMinor priceMinor feeMinor noShowFeeMinor lateCancellationFeeMinor currency refundPercent version failures identifiers networks windowSeconds':
    'amount',
  // states and codes
  'action actor.kind allowed attended basis cancelledBy channel country decision late module outcome policy purpose reason recipient.kind roles state subject.type template waived':
    'state',
  // texts of programs and of the business itself; addresses are refused inside (see below)
  'name parameters.* details.*': 'harmless text',
  sealed: 'encrypted for identity alone',
  'attachment.filename attachment.contentType attachment.content': 'calendar file without names of clients',
};

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
}

/** The paths of all leaves; throws where an object would take a key that is not listed. */
function leaves(schema: JsonSchema, path: string): string[] {
  if (schema.anyOf) return schema.anyOf.flatMap((part) => leaves(part, path));
  if (schema.items) return leaves(schema.items, path);
  if (schema.type !== 'object') return [path];
  const into = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, part]) => leaves(part, into(key)));
  if (schema.additionalProperties === false) return own;
  if (typeof schema.additionalProperties === 'object' && schema.additionalProperties.type)
    return [...own, ...leaves(schema.additionalProperties, into('*'))];
  throw new Error(`${path || 'the payload'} admits keys nobody listed`);
}

const leavesOf = (schema: z.ZodType): string[] =>
  leaves(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, '');

describe('the catalogue', () => {
  const admitted = new Set(Object.keys(ADMITTED).flatMap((paths) => paths.split(' ')));

  it.each(EVENT_NAMES)('%s carries listed keys and nothing else', (name) => {
    const unlisted = leavesOf(catalogue[name].payload).filter((path) => !admitted.has(path));
    expect(unlisted).toEqual([]);
  });

  it('has no listed key that no event uses', () => {
    const used = new Set(EVENT_NAMES.flatMap((name) => leavesOf(catalogue[name].payload)));
    expect([...admitted].filter((path) => !used.has(path))).toEqual([]);
  });

  it('would be caught with an object that takes any key', () => {
    expect(() => leavesOf(z.strictObject({ bookingId: z.uuid(), more: z.looseObject({}) }))).toThrow(
      'more admits keys',
    );
    expect(() => leavesOf(z.object({ bookingId: z.uuid() }))).toThrow('the payload admits keys');
    expect(() => leavesOf(z.looseObject({ bookingId: z.uuid() }))).toThrow('the payload admits keys');
  });

  it.each(EVENT_NAMES)('%s refuses a key it does not know, at any depth', (name) => {
    const { payload } = catalogue[name];
    const issues = payload.safeParse({ canary: 'ada@example.org' }).error?.issues ?? [];
    expect(issues).toContainEqual(expect.objectContaining({ code: 'unrecognized_keys', keys: ['canary'] }));
  });

  it('refuses an e-mail address where a text is allowed, and a sentence where a code is expected', () => {
    const entry = {
      action: 'authn_login_fail',
      actor: { kind: 'CLIENT', id: null },
      subject: { type: 'Account', id: null },
      occurredAt: '1772359200000000',
      requestId: 'r',
      outcome: 'failure',
      details: { count: '3' },
    };
    const { payload } = catalogue['audit.recorded'];
    expect(payload.safeParse(entry).success).toBe(true);
    expect(payload.safeParse({ ...entry, details: { who: 'Ada <ada@example.org>' } }).success).toBe(false);
    expect(payload.safeParse({ ...entry, outcome: 'Ada failed' }).success).toBe(false);
    expect(payload.safeParse({ ...entry, subject: { type: 'Account', id: 'ada@example.org' } }).success).toBe(
      false,
    );
  });

  it('carries what only a mail may show as a JWE and in no other form', () => {
    const { sealed } = catalogue['message.requested'].payload.shape;
    const part = 'eyJhbGciOiJFQ0RILUVTK0EyNTZLVyJ9';
    expect(sealed.safeParse([part, part, part, part, part].join('.')).success).toBe(true);
    for (const clear of ['https://kept.example/manage#token', part, `${part}.${part}.${part}`, 'a.b.c.d.e '])
      expect(sealed.safeParse(clear).success).toBe(false);
  });

  it('names publishers and consumers that exist', () => {
    for (const name of EVENT_NAMES) {
      for (const service of [...catalogue[name].from, ...catalogue[name].to])
        expect(SERVICES).toContain(service);
      expect(catalogue[name].to.length).toBeGreaterThan(0);
    }
    expect(eventsFor('identity')).toEqual([
      'offboarding.answered',
      'access.review_decided',
      'training.completed',
      'message.decided',
      'message.withdrawn',
      'alert.raised',
    ]);
  });
});
