import { randomUUID } from 'node:crypto';
import { openRecordBuffer } from './record-buffer.ts';
import { anAccessRecord as record } from './record-for-tests.ts';

const ALL = { recordsMax: 10_000, weightMax: 100_000 };

it('loses the oldest reads first and what is audit-worthy last, and counts both', () => {
  const buffer = openRecordBuffer({ weightMax: 10 });
  const denials = Array.from({ length: 4 }, () => record({ denied: ['Client.email'] }));
  const reads = Array.from({ length: 20 }, () => record());
  for (const each of [...denials, ...reads]) buffer.add(each);
  expect(buffer.take(ALL)).toEqual([...denials, ...reads.slice(-6)]);
  expect(buffer.dropped).toEqual({ reads: 14, auditWorthy: 0 });
  const emergencies = Array.from({ length: 15 }, () => record({ emergency: true }));
  for (const each of [...reads.slice(0, 3), ...emergencies]) buffer.add(each);
  expect(buffer.take(ALL)).toEqual(emergencies.slice(-10));
  expect(buffer.dropped).toEqual({ reads: 17, auditWorthy: 5 });
});

it('weighs a record by the people in it', () => {
  const buffer = openRecordBuffer({ weightMax: 100 });
  const of = (people: number) =>
    record({ subjects: Array.from({ length: people }, () => ({ id: randomUUID(), fields: [] })) });
  for (let n = 0; n < 5; n += 1) buffer.add(of(29));
  expect(buffer.size).toBe(3);
  expect(buffer.take({ recordsMax: 10, weightMax: 60 })).toHaveLength(2);
  expect(buffer.take({ recordsMax: 10, weightMax: 1 })).toHaveLength(1);
  expect(buffer.size).toBe(0);
});

it('stays within its room however much comes', () => {
  const buffer = openRecordBuffer({ weightMax: 500 });
  for (let n = 0; n < 20_000; n += 1) buffer.add(record(n % 3 === 0 ? { denied: ['Client.email'] } : {}));
  expect(buffer.size).toBe(500);
  expect(buffer.dropped.reads + buffer.dropped.auditWorthy).toBe(19_500);
});
