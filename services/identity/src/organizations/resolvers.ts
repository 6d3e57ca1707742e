import type { IdentityContext } from '../context.ts';
import type { Resolvers } from '../schema-types.ts';
import { readOrganization } from './read-organization.ts';
import { setOrganizationLanguage } from './set-organization-language.ts';

/** The caller's own organization: no other can be asked for, whatever id is given. */
const own = async ({ identity, caller }: IdentityContext) =>
  caller.organizationId === null ? null : ((await readOrganization(identity, caller.organizationId)) ?? null);

export const organizationResolvers = {
  Query: {
    organization: (_parent, _arguments, context) => own(context),
  },
  Mutation: {
    setOrganizationLanguage: (_parent, { language }, { identity, caller }) =>
      setOrganizationLanguage(identity, { caller, language }),
  },
  Organization: {
    __resolveReference: ({ id }, context) => (id === context.caller.organizationId ? own(context) : null),
  },
} satisfies Resolvers;
