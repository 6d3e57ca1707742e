import { appUrl, ownerUrl } from './environment.ts';
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

const host = '127.0.0.1';

export function addressesOf(
  ports: StackPorts,
  mail: { pageUrl: string; smtpUrl: string },
  simulatorUrl: string,
): StackAddresses {
  const service = (name: ServiceName): [ServiceName, string] => [name, `http://${host}:${ports[name]}`];
  return {
    graphUrl: `http://${host}:${ports.gateway}/graphql`,
    graphiqlUrl: `http://${host}:${ports.gateway}/`,
    mailUrl: mail.pageUrl,
    accountsUrl: `${mail.pageUrl}/accounts`,
    smtpUrl: mail.smtpUrl,
    simulatorUrl,
    services: Object.fromEntries(serviceNames.map(service)) as Record<ServiceName, string>,
  };
}

export function databasesOf(secrets: StackSecrets, port: number): StackDatabases {
  const urls = (name: string, own: { ownerPassword: string; appPassword: string }) => ({
    ownerUrl: ownerUrl(name, own.ownerPassword, port),
    appUrl: appUrl(name, own.appPassword, port),
  });
  const services = serviceNames.map((name) => [name, urls(name, secrets.services[name])]);
  return { ...Object.fromEntries(services), queue: urls('queue', secrets.queue) } as StackDatabases;
}
