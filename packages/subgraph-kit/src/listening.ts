import type { Server } from 'node:http';

/** Resolves when the server listens; rejects with one sentence when the port is taken. */
export function startListening(
  server: Server,
  { host, port }: { host: string; port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken ? new Error(`Port ${port} on ${host} is in use by another program.`, { cause: error }) : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

/** Lets requests that are under way finish within so many milliseconds, and closes what is idle at once. */
export function stopListening(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), withinMs).unref();
  });
}
