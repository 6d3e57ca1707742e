import { createServer } from 'node:net';
import { PostgresTrouble } from './trouble.ts';

/** Gives back a free port, or says who cannot have which one. Port 0 asks the system for any. */
export async function reservePort(port: number): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new PostgresTrouble(
      `Port ${port} is taken by another program, so PostgreSQL cannot start; stop that program or choose another port.`,
      { cause },
    );
  }
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : port;
}
