// The hole this keeps closed: an answer that nobody reads stays in our memory for as long as its connection does. Whoever asks
// for large answers and reads none would fill it within the limits of what may be asked.
import { connect } from 'node:net';
import { openLog } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { openEdge, type EdgeOptions } from './open-edge.ts';

const SIZE = 32 * 1024 * 1024;

it('[gateway A28] whoever does not take an answer is hung up on; whoever does has all of it', async () => {
  let answered = 0;
  const answer = () => {
    answered += 1;
    return { status: 200, body: 'x'.repeat(SIZE) };
  };
  const edge = await openEdge({
    host: '127.0.0.1',
    port: 0,
    // Nothing is asked of the graph here.
    desk: {} as EdgeOptions['desk'],
    live: {} as EdgeOptions['live'],
    allowedOrigins: [],
    pages: [{ path: '/big', answer }],
    // Long enough for a reader on a busy machine.
    unreadMsMax: 3_000,
    log: openLog({ service: 'test', level: 'silent' }),
  });
  expect((await (await fetch(`${edge.url}/big`)).text()).length).toBe(SIZE);
  const { hostname, port } = new URL(edge.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  socket.pause();
  socket.write('GET /big HTTP/1.1\r\nhost: x\r\n\r\n');
  await eventually(() => answered === 2);
  // Whoever reads nothing does not see the end either; but what they write meets a closed door. Empty lines before a request
  // mean nothing (RFC 9112 §2.2).
  await eventually(() => socket.destroyed || void socket.write('\r\n'), { withinMs: 14_000 });
  expect(socket.bytesRead).toBeLessThan(SIZE);
  await edge.stop();
});
