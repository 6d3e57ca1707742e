import { inOrganization } from '../context.ts';
import type { Resolvers } from '../schema-types.ts';
import { answerTraining } from './answer-training.ts';
import { trainingModules } from './modules.ts';
import { readStaffTraining, readTraining } from './read-training.ts';
import { startTraining } from './start-training.ts';
import { contentHashOf, type TrainingModule } from './training-module.ts';
import { allowedTo } from './training.policy.ts';
import { openWaivers } from './training-waiver.ts';
import { approveTrainingWaiver, requestTrainingWaiver, type WaiverOutcome } from './waive-training.ts';

const conflict = {
  __typename: 'IdempotencyConflict' as const,
  message: 'This was already used for something else. Please try again.',
};

export const trainingResolvers: Resolvers = {
  Query: {
    training: (_parent, _args, context) => {
      const { accountId } = allowedTo(context, 'learn');
      return inOrganization(context, async (tx) => ({
        ...(await readTraining(tx, accountId, context.clock())),
        modules: trainingModules().map(present),
      }));
    },
    staffTraining: (_parent, _args, context) =>
      inOrganization(context, (tx) => readStaffTraining(tx, context.clock())),
    openTrainingWaivers: (_parent, _args, context) =>
      inOrganization(context, (tx) => openWaivers(tx, context.clock())),
  },
  Mutation: {
    startTraining: async (_parent, { input }, context) => {
      const begun = await startTraining(context, input);
      if (begun.outcome === 'conflict') return conflict;
      if (begun.outcome === 'too-many') {
        const message = 'You have tried five times within a day. Read the lessons again and try later.';
        return { __typename: 'TooManyTrainingAttempts', message, retryAt: begun.retryAt };
      }
      const { attempt, module, questions, expiresAt } = begun;
      return {
        __typename: 'TrainingStarted',
        attempt,
        module: present(module),
        lessons: [...module.lessons],
        // Which choice is right stays here.
        questions: questions.map(({ id, text, choices }) => ({
          id,
          text,
          choices: choices.map((choice) => ({ id: choice.id, text: choice.text })),
        })),
        expiresAt,
      };
    },
    answerTraining: async (_parent, { input }, context) => {
      const judged = await answerTraining(context, input);
      if (judged.outcome === 'over')
        return {
          __typename: 'TrainingAttemptOver',
          message: 'This go is over. Please begin another one.',
        };
      const { right: rightAnswers, module } = judged;
      const counted = { rightAnswers, questions: module.asked };
      if (judged.outcome === 'passed')
        return { __typename: 'TrainingPassed', ...counted, validUntil: judged.validUntil };
      return {
        __typename: 'TrainingNotPassed',
        ...counted,
        rightAnswersNeeded: module.rightAnswersNeeded,
        explanations: judged.wrong.map(({ id, because }) => ({ question: id, message: because })),
      };
    },
    requestTrainingWaiver: async (_parent, { input }, context) =>
      waiverResult(await requestTrainingWaiver(context, input)),
    approveTrainingWaiver: async (_parent, { id }, context) =>
      waiverResult(await approveTrainingWaiver(context, id)),
  },
};

const present = (module: TrainingModule) => ({
  key: module.key,
  title: module.title,
  version: module.version,
  contentHash: contentHashOf(module),
  questions: module.asked,
  rightAnswersNeeded: module.rightAnswersNeeded,
});

function waiverResult(result: WaiverOutcome) {
  switch (result.outcome) {
    case 'waiver':
      return { __typename: 'TrainingWaiver' as const, ...result.waiver };
    case 'refused':
      return { __typename: 'TrainingWaiverRefused' as const, message: result.message };
    case 'conflict':
      return conflict;
  }
}
