import { onboarding } from './onboarding.ts';
import type { TrainingModule } from './training-module.ts';

/** What has to be passed before a member of staff may do anything else (TRN-01). */
export const ONBOARDING = onboarding.key;

const MODULES: readonly TrainingModule[] = [onboarding];

/** Every module there is. */
export const trainingModules = (): readonly TrainingModule[] => MODULES;

/** The module of a key, or undefined. */
export const moduleOf = (key: string): TrainingModule | undefined =>
  MODULES.find((module) => module.key === key);
