import { openBatchLoader } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { approveException, listExceptions, revokeException } from './exceptions.ts';
import { defineIntakeForm, retireIntakeForm } from './define-intake-form.ts';
import { needIntake, openAnswers, readAnswers } from './intake-answers.ts';
import { readForms, readFormsInUse } from './intake-form.ts';
import { submitIntake } from './submit-intake.ts';

/** What one request reads of many services or bookings at once; made when it is first asked for. */
function openIntakeLoaders(context: SchedulingContext) {
  return {
    formInUse: openBatchLoader(String, (serviceIds: string[]) =>
      inOrganization(context, (tx) => readFormsInUse(tx, serviceIds)),
    ),
    intake: openBatchLoader(String, (bookingIds: string[]) =>
      inOrganization(context, async (tx) => {
        const stored = await readAnswers(tx, bookingIds);
        const forms = await readForms(
          tx,
          [...stored.values()].map(({ formId }) => formId),
        );
        const opened = await Promise.all(
          [...stored.values()].map(async (row) => {
            const answers = await openAnswers(tx, context.scheduling.keyring, row);
            const form = forms.get(row.formId);
            const { version, answeredAt } = row;
            return [row.bookingId, answers && form && { version, answeredAt, form, answers }] as const;
          }),
        );
        return new Map(opened);
      }),
    ),
    needed: openBatchLoader(String, (bookingIds: string[]) =>
      inOrganization(context, async (tx) => {
        const needed = await needIntake(tx, bookingIds);
        return new Map(bookingIds.map((id) => [id, needed.has(id)]));
      }),
    ),
  };
}
const opened = new WeakMap<SchedulingContext, ReturnType<typeof openIntakeLoaders>>();
function loadersOf(context: SchedulingContext) {
  const known = opened.get(context) ?? openIntakeLoaders(context);
  opened.set(context, known);
  return known;
}

export const intakeResolvers: Resolvers = {
  Query: {
    intakeExceptions: (_parent, _arguments, context) => listExceptions(context),
  },
  Mutation: {
    defineIntakeForm: (_parent, { input }, context) => defineIntakeForm(context, input),
    retireIntakeForm: (_parent, { input }, context) => retireIntakeForm(context, input),
    approveIntakeException: (_parent, { input }, context) => approveException(context, input),
    revokeIntakeException: (_parent, { input }, context) => revokeException(context, input),
    submitIntake: (_parent, { input }, context) => submitIntake(context, input),
  },
  Service: {
    intakeForm: async (service, _arguments, context) =>
      (await loadersOf(context).formInUse(service.id)) ?? null,
  },
  Booking: {
    intake: async (booking, _arguments, context) => (await loadersOf(context).intake(booking.id)) ?? null,
    intakeNeeded: async (booking, _arguments, context) =>
      (await loadersOf(context).needed(booking.id)) ?? false,
  },
  SlotHold: { notices: (hold) => hold.notices ?? [] },
};
