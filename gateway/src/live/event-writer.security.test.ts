// The hole this keeps closed: a stream lasts for an hour and a slow reader makes us wait for them all the time; what each of
// these waits leaves behind would add up.
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@kept/testing';
import { openEventWriter } from './event-writer.ts';

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
