import type { DefineVerbs } from '@kept/access-policy';
import { consentVerbs } from './consent/consent.policy.ts';
import { trainingVerbs } from './training/training.policy.ts';

/** Who may do what in this service; each part says its own. */
export const complianceVerbs: DefineVerbs = (caller, can) => {
  consentVerbs(caller, can);
  trainingVerbs(caller, can);
};
