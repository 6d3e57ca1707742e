import { z } from 'zod';

// The same bounds as the gateway keeps; what comes over them is no batch of a gateway of ours.
const RECORDS_MAX = 500;
const SUBJECTS_MAX = 5_000;
const COORDINATES_MAX = 4_000;

const coordinate = z
  .string()
  .regex(/^[_A-Za-z][_0-9A-Za-z]*(\.[_A-Za-z][_0-9A-Za-z]*(\([_A-Za-z][_0-9A-Za-z]*:\))?)?$/)
  .max(200);
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$/);
/** Counts into the batch's list of coordinates. */
const numbers = z.array(z.int().min(0).max(COORDINATES_MAX)).max(COORDINATES_MAX);

const accessRecord = z.strictObject({
  id: z.uuid(),
  occurredAt: z.iso.datetime(),
  organizationId: z.uuid(),
  actor: z.strictObject({
    kind: z.enum(['CLIENT', 'STAFF', 'SERVICE', 'ANONYMOUS']),
    id: z.uuid().nullable(),
  }),
  sessionId: z.uuid().nullable(),
  requestId: z.string().min(1).max(100),
  operation: z.strictObject({
    name: z
      .string()
      .regex(/^[_A-Za-z][_0-9A-Za-z]*$/)
      .max(100)
      .nullable(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    kind: z.enum(['query', 'mutation']),
  }),
  client: word.nullable(),
  purposes: z.array(word).max(20),
  answered: numbers,
  rows: z.int().min(0),
  // People who were imported have ids of no version that RFC 9562 knows; one of them must not cost a whole batch.
  subjects: z.array(z.strictObject({ id: z.guid(), fields: numbers })).max(SUBJECTS_MAX),
  denied: numbers,
  violations: numbers,
  emergency: z.boolean(),
  /** More than one where the gateway has added up what happened many times. */
  occurrences: z.int().min(1),
});

/** What a gateway sends: records of many organizations, with the names of fields in front. */
export const accessBatch = z
  .strictObject({
    id: z.uuid(),
    coordinates: z.array(coordinate).max(COORDINATES_MAX),
    records: z.array(accessRecord).min(1).max(RECORDS_MAX),
  })
  .refine(
    ({ coordinates, records }) =>
      records.every((record) =>
        [
          record.answered,
          record.denied,
          record.violations,
          ...record.subjects.map(({ fields }) => fields),
        ].every((list) => list.every((number) => number < coordinates.length)),
      ),
    'counts into a list that is shorter',
  )
  .refine(
    ({ records }) => records.every(({ actor }) => (actor.kind === 'ANONYMOUS') === (actor.id === null)),
    'has an actor without an id, or an id of nobody',
  );

export type AccessBatch = z.infer<typeof accessBatch>;
export type AccessRecord = AccessBatch['records'][number];
