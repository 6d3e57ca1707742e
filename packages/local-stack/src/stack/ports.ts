import { createServer, type Server } from 'node:net';
import { StackTrouble } from './trouble.ts';

/** Where each part listens, all on 127.0.0.1. */
export const defaultPorts = {
  gateway: 4000,
  identity: 4101,
  scheduling: 4102,
  payments: 4103,
  compliance: 4104,
  mailPage: 4180,
  smtp: 4125,
  simulator: 4190,
  postgres: 4132,
};

export type StackPorts = typeof defaultPorts;

const names = Object.keys(defaultPorts) as (keyof StackPorts)[];

/** The default ports, moved so that the gateway listens on `gatewayPort`: two checkouts can run side by side. */
export function portsFrom(gatewayPort: number): StackPorts {
  const moved = names.map((name): [string, number] => [
    name,
    defaultPorts[name] + gatewayPort - defaultPorts.gateway,
  ]);
  const beyond = moved.find(([, port]) => port > 65_535);
  if (beyond)
    throw new StackTrouble(
      `With the gateway on port ${gatewayPort}, ${beyond[0]} would need port ${beyond[1]}; choose a lower one.`,
    );
  return Object.fromEntries(moved) as StackPorts;
}

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};

/** A free port for each part. All are held open until the last is found, so that none is given out twice. */
export async function freePorts(): Promise<StackPorts> {
  const servers = await Promise.all(names.map(() => listen(0)));
  const ports = Object.fromEntries(names.map((name, index) => [name, portOf(servers[index] as Server)]));
  await Promise.all(servers.map(close));
  return ports as StackPorts;
}

/**
 * Throws one sentence that names every port somebody else has taken. PostgreSQL's is left to `startPostgres`: it may be our own
 * server there, left behind by a launcher that was killed, and only it knows how to settle that.
 */
export async function requireFree(ports: StackPorts): Promise<void> {
  const taken: string[] = [];
  for (const name of names.filter((each) => each !== 'postgres')) {
    try {
      await close(await listen(ports[name]));
    } catch (cause) {
      if (!['EADDRINUSE', 'EACCES'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
      taken.push(`${ports[name]} (${name})`);
    }
  }
  if (taken.length === 0) return;
  const what = taken.length === 1 ? `Port ${taken[0]} is` : `Ports ${taken.join(', ')} are`;
  throw new StackTrouble(
    `${what} taken by another program; stop it, or move all of ours with \`npm start -- --port ${ports.gateway + 1000}\`.`,
  );
}
