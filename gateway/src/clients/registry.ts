import { AUDIENCES, PURPOSES, type Audience, type Purpose } from '@kept/access-policy';
import semver from 'semver';
import { z } from 'zod';
import { CLIENT_KINDS, type AppPurposes, type ClientKind } from './client-app.ts';

/** An app as the registry describes it. */
export interface RegisteredApp {
  readonly id: string;
  readonly kind: ClientKind;
  /** Anything older is refused with `UPGRADE_REQUIRED`. */
  readonly minimumVersion: string | null;
  /** What a person with an older version is told, instead of our own sentence. */
  readonly message: string | null;
  readonly storeUrl: string | null;
  readonly attestation: AttestationRule | null;
  purposesFor(audiences: readonly Audience[]): AppPurposes;
}

/** How the app proves that it is genuine: a token that somebody signed who looked at it (such as Firebase App Check). */
export interface AttestationRule {
  readonly required: boolean;
  readonly jwksFile: string;
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string | null;
}

export const APP_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const purposes = z.array(z.enum(PURPOSES));
const choice = z.strictObject({ default: purposes, allowed: purposes.optional() });
const app = z
  .strictObject({
    id: z.string().regex(APP_ID, 'must be small letters, digits, dots, dashes, underlines, 64 at most'),
    kind: z.enum(CLIENT_KINDS),
    minimumVersion: z
      .string()
      .refine((text) => semver.valid(text) === text, 'must be a version such as 2.4.0')
      .optional(),
    message: z.string().min(1).max(300).optional(),
    storeUrl: z.url({ protocol: /^https$/ }).optional(),
    purposes: choice.extend({ perAudience: z.partialRecord(z.enum(AUDIENCES), choice).default({}) }),
    attestation: z
      .strictObject({
        required: z.boolean(),
        jwksFile: z.string().min(1),
        issuer: z.string().min(1),
        audience: z.string().min(1),
        subject: z.string().min(1).optional(),
      })
      .optional(),
  })
  .superRefine(({ purposes: said }, context) => {
    const places: [string[], z.infer<typeof choice>][] = [
      [['purposes'], said],
      ...Object.entries(said.perAudience).map(([audience, more]): [string[], z.infer<typeof choice>] => [
        ['purposes', 'perAudience', audience],
        more,
      ]),
    ];
    for (const [path, { default: usual, allowed = usual }] of places)
      for (const purpose of usual.filter((each) => !allowed.includes(each)))
        context.addIssue({ code: 'custom', path, message: `${purpose} is a default and not allowed` });
  });
const registry = z.strictObject({ clients: z.array(app).min(1) }).superRefine(({ clients }, context) => {
  clients.forEach(({ id }, at) => {
    if (clients.findIndex((other) => other.id === id) < at)
      context.addIssue({ code: 'custom', path: ['clients', at, 'id'], message: `"${id}" is there twice` });
  });
});

/** The registry in which client apps stand. Throws one error that names every problem with its place. */
export function readRegistry(json: unknown): ReadonlyMap<string, RegisteredApp> {
  const result = registry.safeParse(json);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new Error(`The registry of client apps cannot be used:\n${problems.join('\n')}`);
  }
  return new Map(result.data.clients.map((client) => [client.id, registered(client)]));
}

function registered({ purposes: said, attestation, ...client }: z.infer<typeof app>): RegisteredApp {
  const chosen = (audiences: readonly Audience[]) => [
    said,
    ...audiences.flatMap((audience) => said.perAudience[audience] ?? []),
  ];
  const inOrder = (all: readonly Purpose[]) => PURPOSES.filter((purpose) => all.includes(purpose));
  return {
    id: client.id,
    kind: client.kind,
    minimumVersion: client.minimumVersion ?? null,
    message: client.message ?? null,
    storeUrl: client.storeUrl ?? null,
    attestation: attestation ? { ...attestation, subject: attestation.subject ?? null } : null,
    purposesFor(audiences) {
      const choices = chosen(audiences);
      return {
        usual: inOrder(choices.flatMap((each) => each.default)),
        allowed: inOrder(choices.flatMap((each) => each.allowed ?? each.default)),
      };
    },
  };
}
