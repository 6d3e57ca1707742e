import { PURPOSES, type Audience, type Purpose } from '@kept/access-policy';
import { Fault } from '@kept/subgraph-kit';
import type { TrustedDocument } from '../documents/document-set.ts';
import type { ClientApp } from './client-app.ts';
import { CLIENT_HEADERS } from './open-clients.ts';

/**
 * Why an operation asks (GDPR article 5(1)(b)): what the request says, else what the app's manifest says of this
 * operation, else what the app usually asks for; never more than the app may. None: nothing personal is answered. Throws
 * a `Fault` when the request says something that the app may not.
 */
export function purposesOfRequest(request: {
  readonly client: ClientApp;
  readonly audiences: readonly Audience[];
  /** The header kept-purpose. */
  readonly header: string | string[] | undefined;
  readonly trusted: TrustedDocument | null;
  readonly operationName: string | null;
}): readonly Purpose[] {
  const { client, audiences, header, trusted, operationName } = request;
  const { usual, allowed } = client.purposesFor(audiences);
  const said = readPurposes(header);
  if (said !== null) {
    const refused = said.find((purpose) => !allowed.includes(purpose));
    // An app that nobody knows has no purpose at all; what it asks of nobody's data is still answered.
    if (refused !== undefined && allowed.length > 0)
      throw new Fault('PURPOSE_VIOLATION', 'This app may not ask for this purpose.', {
        field: CLIENT_HEADERS.purpose,
      });
    return refused === undefined ? said : [];
  }
  const own = trusted?.purposesOf(client.id, operationName);
  return own ? own.filter((purpose) => allowed.includes(purpose)) : usual;
}

function readPurposes(header: string | string[] | undefined): Purpose[] | null {
  if (header === undefined) return null;
  const words = String(header)
    .split(',')
    .map((word) => word.trim());
  const purposes = PURPOSES.filter((purpose) => words.includes(purpose));
  if (purposes.length === new Set(words).size) return purposes;
  throw new Fault('BAD_INPUT', `The header kept-purpose takes one of ${PURPOSES.join(', ')}.`, {
    field: CLIENT_HEADERS.purpose,
  });
}
