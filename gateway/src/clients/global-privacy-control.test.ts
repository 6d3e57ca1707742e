import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { globalPrivacyControlPage, readGlobalPrivacyControl } from './global-privacy-control.ts';

/** What a real server makes of these header lines, sent as they stand. */
async function signalOf(lines: readonly string[]): Promise<boolean> {
  let signal: boolean | undefined;
  const server = createServer((request, response) => {
    signal = readGlobalPrivacyControl(request);
    response.end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(['POST / HTTP/1.1', 'host: x', 'connection: close', ...lines, '', ''].join('\r\n'));
  await new Promise<void>((resolve) => void socket.resume().on('close', () => resolve()));
  await new Promise((resolve) => server.close(resolve));
  if (signal === undefined) throw new Error('The request did not arrive.');
  return signal;
}

it.each<[boolean, string[]]>([
  [true, ['Sec-GPC: 1']],
  [true, ['sec-gpc: 1']],
  [true, ['Sec-GPC: 0', 'Sec-GPC: 1']],
  [true, ['Sec-GPC: 1', 'Sec-GPC: 0']],
  [true, ['Sec-GPC: 1', 'Sec-GPC: 1']],
  [true, ['Sec-GPC:    1  ']],
  [false, ['Sec-GPC: 0']],
  [false, ['Sec-GPC: true']],
  [false, ['Sec-GPC: 1.0']],
  [false, ['Sec-GPC: 11']],
  [false, ['Sec-GPC: "1"']],
  [false, ['Sec-GPC: ?1']],
  [false, ['Sec-GPC:']],
  [false, ['Sec-GPC: 0', 'Sec-GPC: true']],
  [false, ['DNT: 1']],
  [false, []],
])('[LAW-47] it is %s that %j forbids sharing', async (forbids, lines) => {
  expect(await signalOf(lines)).toBe(forbids);
});

it('[LAW-47] the well-known page says that the signal is honoured', () => {
  const { status, headers, body } = globalPrivacyControlPage.answer();
  expect([status, headers?.['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  const page = JSON.parse(body) as { gpc: unknown; lastUpdate: string };
  expect(page.gpc).toBe(true);
  expect(new Date(page.lastUpdate).toISOString().slice(0, 10)).toBe(page.lastUpdate);
});
