import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { dirname, resolve } from 'node:path';
import { Fault, type Clock, type Logger } from '@kept/subgraph-kit';
import semver from 'semver';
import { jwtAttestation, type VerifyAttestation } from './attestation.ts';
import { builtInApp, unknownApp, type ClientApp } from './client-app.ts';
import { APP_ID, readRegistry, type RegisteredApp } from './registry.ts';

/** With these an app says what it is, in which version, why it asks, and proves it where it must. */
export const CLIENT_HEADERS = {
  id: 'kept-client',
  version: 'kept-client-version',
  purpose: 'kept-purpose',
  attestation: 'kept-attestation',
} as const;

export interface Clients {
  /** The app of a request. Throws a `Fault` when it must be updated, must prove itself, or cannot be understood. */
  admit(headers: IncomingHttpHeaders): Promise<ClientApp>;
}

interface Options {
  /** Null: there is no registry, and every app is the built-in one. */
  readonly apps: ReadonlyMap<string, RegisteredApp> | null;
  readonly verifyAttestation: VerifyAttestation;
  readonly log: Logger;
}

/** The registry of a file, whose apps' key files are named from where it stands. Throws with every problem. */
export function readRegistryFile(file: string): ReadonlyMap<string, RegisteredApp> {
  const apps = readRegistry(JSON.parse(readFileSync(file, 'utf8')));
  return new Map(
    [...apps].map(([id, app]) => [
      id,
      app.attestation
        ? {
            ...app,
            attestation: { ...app.attestation, jwksFile: resolve(dirname(file), app.attestation.jwksFile) },
          }
        : app,
    ]),
  );
}

/** The apps of this installation, as its settings say. */
export function openClientsOf(
  settings: { readonly KEPT_CLIENTS_FILE?: string | undefined },
  { clock, log }: { clock: Clock; log: Logger },
): Clients {
  const file = settings.KEPT_CLIENTS_FILE;
  const apps = file === undefined ? null : readRegistryFile(file);
  return openClients({ apps, verifyAttestation: jwtAttestation({ apps: apps ?? new Map(), clock }), log });
}

/** Admits requests by the app that sends them. */
export function openClients({ apps, verifyAttestation, log }: Options): Clients {
  return {
    async admit(headers) {
      const said = { id: readId(headers), version: readVersion(headers) };
      if (apps === null) return builtInApp(said);
      const app = said.id === null ? undefined : apps.get(said.id);
      if (!app) return unknownApp(said);
      refuseOutdated(app, said.version);
      await checkAttestation(app, { token: headers[CLIENT_HEADERS.attestation], verifyAttestation, log });
      return { ...said, kind: app.kind, purposesFor: (audiences) => app.purposesFor(audiences) };
    },
  };
}

function readId(headers: IncomingHttpHeaders): string | null {
  const id = headers[CLIENT_HEADERS.id];
  if (id === undefined) return null;
  if (typeof id === 'string' && APP_ID.test(id)) return id;
  throw new Fault('BAD_INPUT', 'The header kept-client takes the id of one app, in small letters.', {
    field: CLIENT_HEADERS.id,
  });
}

function readVersion(headers: IncomingHttpHeaders): string | null {
  const version = headers[CLIENT_HEADERS.version];
  if (version === undefined) return null;
  if (typeof version === 'string' && version.length <= 64) {
    const valid = semver.valid(version);
    if (valid !== null) return valid;
  }
  throw new Fault('BAD_INPUT', 'The header kept-client-version takes a version such as 2.4.0.', {
    field: CLIENT_HEADERS.version,
  });
}

// Security updates reach people only if what needs them stops working (OWASP MASVS-CODE-1 and -2: enforced updating).
function refuseOutdated({ minimumVersion, message, storeUrl }: RegisteredApp, version: string | null): void {
  if (minimumVersion === null) return;
  if (version === null)
    throw new Fault('BAD_INPUT', 'This app says its version in the header kept-client-version.', {
      field: CLIENT_HEADERS.version,
    });
  if (semver.gte(version, minimumVersion)) return;
  throw new Fault(
    'UPGRADE_REQUIRED',
    message ?? `Version ${minimumVersion} of this app is needed. Please update it.`,
    { extensions: { minimumVersion, ...(storeUrl !== null && { storeUrl }) } },
  );
}

async function checkAttestation(
  app: RegisteredApp,
  {
    token,
    verifyAttestation,
    log,
  }: { token: string | string[] | undefined; verifyAttestation: VerifyAttestation; log: Logger },
): Promise<void> {
  if (!app.attestation) return;
  const outcome = typeof token === 'string' ? await verifyAttestation(token, app) : 'refused';
  if (outcome === 'ok') return;
  if (app.attestation.required)
    throw new Fault('ATTESTATION_REQUIRED', 'This app must prove that it is genuine. Please reinstall it.', {
      field: CLIENT_HEADERS.attestation,
    });
  // Not required yet: how many would be refused is what one wants to know before it is.
  log.info({ app: app.id, given: token !== undefined }, 'an app has not proven that it is genuine');
}
