import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { createLocation } from './create-location.ts';
import { createResource } from './create-resource.ts';
import { listLocations } from './location.ts';
import { readGroups } from './resource-group.ts';
import { listResources } from './resource.ts';
import { createResourceGroup, updateResourceGroup } from './save-resource-group.ts';
import { setResourceRequirements } from './set-resource-requirements.ts';
import { updateLocation } from './update-location.ts';
import { updateResource } from './update-resource.ts';

export const resourceResolvers: Resolvers = {
  Query: {
    locations: (_parent, _arguments, context) => inOrganization(context, listLocations),
    resources: (_parent, _arguments, context) =>
      inOrganization(context, (tx) => listResources(tx, context.ability)),
    resourceGroups: (_parent, _arguments, context) =>
      inOrganization(context, (tx) => readGroups(tx, { ability: context.ability })),
  },
  Mutation: {
    createLocation: (_parent, { input }, context) => createLocation(context, input),
    updateLocation: (_parent, { input }, context) => updateLocation(context, input),
    createResource: (_parent, { input }, context) => createResource(context, input),
    updateResource: (_parent, { input }, context) => updateResource(context, input),
    createResourceGroup: (_parent, { input }, context) => createResourceGroup(context, input),
    updateResourceGroup: (_parent, { input }, context) => updateResourceGroup(context, input),
    setResourceRequirements: (_parent, { input }, context) => setResourceRequirements(context, input),
  },
};
