import { listen, openLog } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { passportKeyOf } from '../test-graph/open-test-graph.ts';
import { anAccessRecord } from './record-for-tests.ts';
import { openRecordBuffer } from './record-buffer.ts';
import { openSender } from './send-records.ts';

const log = openLog({ service: 'gateway', level: 'silent' });

it('stops in time, and says what is lost, when compliance takes a batch and never answers', async () => {
  const asked: number[] = [];
  const never = new Promise<never>(() => undefined);
  const compliance = await listen({
    host: '127.0.0.1',
    port: 0,
    log,
    routes: [
      {
        method: 'POST',
        path: '/access-records',
        handle: ({ body }) => {
          asked.push(body.length);
          return never;
        },
      },
    ],
  });
  const lost: unknown[] = [];
  const buffer = openRecordBuffer();
  buffer.add(anAccessRecord());
  const sender = openSender({
    buffer,
    url: compliance.url,
    key: passportKeyOf('compliance'),
    clock: () => new Date(),
    log: Object.assign(log.child({}), { error: (fields: unknown) => void lost.push(fields) }),
    everyMs: 1,
    drainMs: 200,
  });
  await eventually(() => asked.length === 1);
  await sender.stop();
  expect(lost).toEqual([{ lost: 1 }]);
  await compliance.stop();
  // An answer may take ten seconds; with that it would not be over in the twenty that a process has.
});
