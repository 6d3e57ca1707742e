import { isAuditWorthy, weightOf, type AccessRecord } from './access-record.ts';

/** Records that wait to be sent: never more than there is room for. */
export interface RecordBuffer {
  readonly size: number;
  /** Records lost because there was no room, since the start. */
  readonly dropped: { reads: number; auditWorthy: number };
  add(record: AccessRecord): void;
  /** Takes out the oldest, as many as make one batch. */
  take(limits: { recordsMax: number; weightMax: number }): AccessRecord[];
}

// A record of one person is some 600 bytes: 30 MB at the very most, and an hour of a busy gateway without compliance.
export const WEIGHT_MAX = 50_000;

/** When there is no room the oldest plain reads go first; denials, broken purposes and emergency reads last. */
export function openRecordBuffer({ weightMax = WEIGHT_MAX } = {}): RecordBuffer {
  const reads = new Queue();
  const worthy = new Queue();
  const dropped = { reads: 0, auditWorthy: 0 };
  const drop = () => {
    if (reads.shift()) dropped.reads += 1;
    else if (worthy.shift()) dropped.auditWorthy += 1;
  };
  return {
    get size() {
      return reads.size + worthy.size;
    },
    dropped,
    add(record) {
      (isAuditWorthy(record) ? worthy : reads).push(record);
      while (reads.weight + worthy.weight > weightMax && reads.size + worthy.size > 1) drop();
    },
    take({ recordsMax, weightMax: batchWeightMax }) {
      const taken: AccessRecord[] = [];
      let weight = 0;
      // What matters most arrives first.
      for (const queue of [worthy, reads]) {
        for (let next = queue.peek(); next && taken.length < recordsMax; next = queue.peek()) {
          weight += weightOf(next);
          if (weight > batchWeightMax && taken.length > 0) return taken;
          taken.push(next);
          queue.shift();
        }
      }
      return taken;
    },
  };
}

/** A queue whose `shift` costs the same however long it is (Array's moves every element). */
class Queue {
  weight = 0;
  #items: (AccessRecord | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }
  push(record: AccessRecord): void {
    this.#items.push(record);
    this.weight += weightOf(record);
  }
  peek(): AccessRecord | undefined {
    return this.#items[this.#head];
  }
  shift(): AccessRecord | undefined {
    const record = this.#items[this.#head];
    if (!record) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    this.weight -= weightOf(record);
    if (this.#head > 1_000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return record;
  }
}
