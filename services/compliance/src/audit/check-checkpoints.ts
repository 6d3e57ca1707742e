import type { Transaction } from '@kept/database';
import { openCheckpoint, originOf } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { TreeFrontier } from './tree-frontier.ts';
import type { LogFault, Trust } from './verify-log.ts';

/** Compares a log, while it is being recomputed, with every checkpoint that vouches for a part of it. */
export class CheckpointCheck {
  readonly #bySize: ReadonlyMap<number, readonly Buffer[]>;
  readonly #largest: number;
  #vouchedFor = 0;
  /** What is wrong with the stored checkpoints themselves. */
  readonly fault: LogFault | null;
  readonly count: number;

  private constructor(checkpoints: readonly Checkpoint[], fault: LogFault | null) {
    const bySize = new Map<number, Buffer[]>();
    for (const { size, root } of checkpoints) bySize.set(size, [...(bySize.get(size) ?? []), root]);
    this.#bySize = bySize;
    this.#largest = Math.max(0, ...bySize.keys());
    this.fault = fault;
    this.count = checkpoints.length;
  }

  static async open(
    tx: Transaction,
    { organizationId, publicKey, external }: Trust & { organizationId: string },
  ): Promise<CheckpointCheck> {
    const rows = await tx.query<{ size: string; note: string }>(
      'SELECT size, note FROM audit_checkpoint WHERE organization_id = $1 ORDER BY size',
      [organizationId],
    );
    const checkpoints: Checkpoint[] = external === undefined ? [] : [external];
    let fault: LogFault | null = null;
    let vouchedFor = 0;
    for (const { size, note } of rows) {
      const checkpoint = openCheckpoint(note, publicKey);
      if (
        checkpoint !== null &&
        checkpoint.origin === originOf(organizationId) &&
        checkpoint.size === Number(size)
      ) {
        checkpoints.push(checkpoint);
        vouchedFor = checkpoint.size;
      } else {
        fault ??= {
          sequence: vouchedFor,
          sentence: `the checkpoint over ${size} entries is not signed by the log's key`,
        };
      }
    }
    return new CheckpointCheck(checkpoints, fault);
  }

  /** To be asked after each entry; somebody who rewrote entries together with all their hashes is caught here. */
  reached(frontier: TreeFrontier): LogFault | null {
    const roots = this.#bySize.get(frontier.size);
    if (roots === undefined) return null;
    if (roots.every((root) => root.equals(frontier.root()))) {
      this.#vouchedFor = frontier.size;
      return null;
    }
    return {
      sequence: this.#vouchedFor,
      sentence: `the log was rewritten, from here or within the entries up to ${frontier.size - 1}: a signed checkpoint over ${frontier.size} entries says otherwise`,
    };
  }

  atEnd(size: number): LogFault | null {
    return size < this.#largest
      ? {
          sequence: size,
          sentence: `a signed checkpoint vouches for ${this.#largest} entries; from here on they are missing`,
        }
      : null;
  }
}
