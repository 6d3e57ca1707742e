import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** An answer that goes on: one line after another, until they end, the client leaves or the server stops. */
export interface LinesAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The lines, without their line feeds. The signal aborts when nobody listens any more; then they should end. */
  readonly lines: (signal: AbortSignal) => AsyncIterable<string>;
}

// Whoever does not read for this long is cut off: what waits for them is held in our memory.
const UNREAD_MS_MAX = 30_000;

/** Writes the lines as they come. Rejects when they fail; the connection is closed then, so that the reader notices. */
export async function streamLines(
  response: ServerResponse,
  { status, headers, lines }: LinesAnswer,
  stopping: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  response.once('close', leave);
  stopping.addEventListener('abort', leave, { once: true });
  const { signal } = gone;
  try {
    response.writeHead(status, headers);
    response.flushHeaders();
    for await (const line of lines(signal)) {
      if (signal.aborted) break;
      if (!response.write(`${line}\n`)) {
        await once(response, 'drain', {
          signal: AbortSignal.any([signal, AbortSignal.timeout(UNREAD_MS_MAX)]),
        });
      }
    }
    // The connection ends with the lines, or a stop would wait for it to fall idle.
    const { socket } = response;
    response.end(() => socket?.destroySoon());
  } catch (error) {
    response.destroy();
    if (!signal.aborted) throw error;
  } finally {
    stopping.removeEventListener('abort', leave);
  }
}
