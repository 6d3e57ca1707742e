import type { MachineCertificate } from '../certificate/index.ts';
import { appUrl, ownerUrl, processUrl, type DatabasePlace } from './environment.ts';
import type { StackPorts } from './ports.ts';
import { serviceNames, type ServiceName, type StackSecrets } from './secrets.ts';

export interface StackAddresses {
  graphUrl: string;
  graphiqlUrl: string;
  mailUrl: string;
  accountsUrl: string;
  smtpUrl: string;
  simulatorUrl: string;
  services: Record<ServiceName, string>;
}

export type StackDatabases = Record<ServiceName | 'queue', { ownerUrl: string; appUrl: string }>;

export function addressesOf(
  ports: StackPorts,
  mail: { pageUrl: string; smtpUrl: string },
  { simulatorUrl, certificate }: { simulatorUrl: string; certificate?: MachineCertificate | undefined },
): StackAddresses {
  const service = (name: ServiceName): [ServiceName, string] => [name, processUrl(ports[name], certificate)];
  return {
    graphUrl: `${processUrl(ports.gateway, certificate)}/graphql`,
    graphiqlUrl: `${processUrl(ports.gateway, certificate)}/`,
    mailUrl: mail.pageUrl,
    accountsUrl: `${mail.pageUrl}/accounts`,
    smtpUrl: mail.smtpUrl,
    simulatorUrl,
    services: Object.fromEntries(serviceNames.map(service)) as Record<ServiceName, string>,
  };
}

export function databasesOf(secrets: StackSecrets, place: DatabasePlace): StackDatabases {
  const urls = (name: string, own: { ownerPassword: string; appPassword: string }) => ({
    ownerUrl: ownerUrl(name, own.ownerPassword, place),
    appUrl: appUrl(name, own.appPassword, place),
  });
  const services = serviceNames.map((name) => [name, urls(name, secrets.services[name])]);
  return { ...Object.fromEntries(services), queue: urls('queue', secrets.queue) } as StackDatabases;
}
