// The hole this keeps closed: a stream lasts for an hour and a slow reader makes us wait for them all the time; what each of
// these waits leaves behind would add up.
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@kept/testing';
import { openEventWriter, type EventWriter } from './event-writer.ts';

it('[gateway A22] waiting for a slow reader leaves nothing behind', async () => {
  let answering: ServerResponse | undefined;
  const server = createServer((_request, response) => void (answering = response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const client = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  client.on('error', () => undefined).end();
  const response = await eventually(() => answering);
  const writer = openEventWriter(response, {});
  const listeners = () => [response.listenerCount('close'), response.listenerCount('drain')];
  const before = listeners();
  writer.next('x'.repeat(16 * 1024 * 1024));
  expect(writer.unreadSince).not.toBeNull();
  const waits = Array.from({ length: 20 }, () => writer.drained());
  client.on('response', (incoming) => incoming.resume());
  await Promise.all(waits);
  expect([listeners(), writer.unreadSince]).toEqual([before, null]);
  writer.destroy();
  await new Promise((resolve) => server.close(resolve));
});

it('a stream that has ended does not take along whoever asks next on its connection', async () => {
  const writers: EventWriter[] = [];
  const server = createServer(
    (_request, response) => void writers.push(openEventWriter(response, {}, { endMsMax: 50 })),
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const opened = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      request({ port, host: '127.0.0.1', agent }, resolve).on('error', reject).end();
    });
  const first = await opened();
  const { socket } = first;
  writers[0]?.complete();
  first.resume();
  await once(first, 'end');
  const second = await opened();
  expect(second.socket === socket).toBe(true);
  // Twice as long as the end of the first had; then it is asked whether the second still stands.
  await pause(100);
  expect(socket.destroyed).toBe(false);
  writers[1]?.complete();
  second.resume();
  await once(second, 'end');
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
});
