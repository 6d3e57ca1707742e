interface Kept<Value> {
  value: Value;
  keptAt: number;
}

/**
 * Unwrapped keys, for at most a minute and bounded in number: another process that destroys a key is obeyed here
 * within that minute; this process obeys at once (`forget`).
 */
export class KeyCache<Value> {
  readonly #entries = new Map<string, Kept<Value>>();
  readonly #clock: () => Date;
  readonly #limits: { entriesMax: number; ageMaxMs: number };

  constructor(clock: () => Date, limits: { entriesMax: number; ageMaxMs: number }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): Value | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const ageMs = this.#clock().getTime() - entry.keptAt;
    // A clock that was set back must not make a key live longer.
    if (ageMs >= 0 && ageMs < this.#limits.ageMaxMs) return entry.value;
    this.#entries.delete(id);
    return undefined;
  }

  keep(id: string, value: Value): void {
    this.#entries.delete(id);
    this.#entries.set(id, { value, keptAt: this.#clock().getTime() });
    if (this.#entries.size <= this.#limits.entriesMax) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  forget(matches: (value: Value) => boolean): void {
    for (const [id, entry] of this.#entries) if (matches(entry.value)) this.#entries.delete(id);
  }
}
