import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { FieldClass } from './field-class.ts';
import { KeyCache } from './key-cache.ts';
import { organizationOf } from './organization.ts';
import { currentOrganizationKey } from './organization-keys.ts';
import type { OrganizationKey } from './organization-keys.ts';
import {
  destroySubjectKeys,
  insertSubjectKey,
  keyForSealing,
  newestSubjectKey,
  subjectKeysById,
} from './subject-keys.ts';
import type { SubjectKey } from './subject-keys.ts';

// Facts §4.5: at most 60 s. 20,000 keys are about 10 MB.
const CACHE_LIMITS = { entriesMax: 20_000, ageMaxMs: 60_000 };

/**
 * Data subject keys behind a cache. What a transaction reads or makes goes into the shared cache only when it commits:
 * a key of a transaction that rolled back must not seal anything afterwards.
 */
export class SubjectKeyring {
  readonly #wrappingKey: KeyObject;
  readonly #clock: () => Date;
  readonly #shared: KeyCache<SubjectKey>;
  readonly #indexKeys: KeyCache<OrganizationKey>;
  /** People whose keys were destroyed a moment ago: a reader that started earlier must not cache them again. */
  readonly #destroyed: KeyCache<true>;
  readonly #ofTransaction = new WeakMap<Transaction, Map<string, SubjectKey>>();

  constructor(wrappingKey: KeyObject, clock: () => Date) {
    this.#wrappingKey = wrappingKey;
    this.#clock = clock;
    this.#shared = new KeyCache(clock, CACHE_LIMITS);
    this.#indexKeys = new KeyCache(clock, CACHE_LIMITS);
    this.#destroyed = new KeyCache(clock, CACHE_LIMITS);
  }

  async forSealing(
    tx: Transaction,
    whose: { subjectId: string; fieldClass: FieldClass },
  ): Promise<SubjectKey & { key: KeyObject }> {
    const name = currentName(organizationOf(tx), whose);
    const known = this.#lookUp(tx, name);
    if (known !== undefined) return keyForSealing(known);
    let found = await newestSubjectKey(tx, whose, this.#wrappingKey);
    if (found === null) {
      const classKey = await currentOrganizationKey(tx, whose.fieldClass, {
        wrappingKey: this.#wrappingKey,
        now: this.#clock(),
      });
      await insertSubjectKey(tx, whose, { classKey, now: this.#clock() });
      found = await newestSubjectKey(tx, whose, this.#wrappingKey);
      if (found === null) throw new Error('A data subject key was written and is not there.');
    }
    this.#remember(tx, name, found);
    return keyForSealing(found);
  }

  async byId(tx: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const organizationId = organizationOf(tx);
    const keys = new Map<string, SubjectKey>();
    const missing = new Set<string>();
    for (const id of ids) {
      const known = this.#lookUp(tx, idName(organizationId, id));
      if (known === undefined) missing.add(id);
      else keys.set(id, known);
    }
    if (missing.size === 0) return keys;
    for (const found of await subjectKeysById(tx, [...missing], this.#wrappingKey)) {
      keys.set(found.id, found);
      this.#remember(tx, idName(organizationId, found.id), found);
    }
    return keys;
  }

  /** The key that blind indexes of the organization are derived from; not a person's, so it is only cached here. */
  async indexKey(tx: Transaction, load: () => Promise<OrganizationKey>): Promise<KeyObject> {
    const organizationId = organizationOf(tx);
    const known = this.#indexKeys.get(organizationId);
    if (known !== undefined) return known.key;
    const loaded = await load();
    tx.afterCommit(() => this.#indexKeys.keep(organizationId, loaded));
    return loaded.key;
  }

  async destroy(tx: Transaction, subjectId: string): Promise<number> {
    const keysDestroyed = await destroySubjectKeys(tx, subjectId, this.#clock());
    const organizationId = organizationOf(tx);
    this.#ofTransaction.delete(tx);
    this.#forget(organizationId, subjectId);
    // Again after the commit: until then other transactions could still read the old row.
    tx.afterCommit(() => this.#forget(organizationId, subjectId));
    return keysDestroyed;
  }

  #lookUp(tx: Transaction, name: string): SubjectKey | undefined {
    return this.#ofTransaction.get(tx)?.get(name) ?? this.#shared.get(name);
  }

  #remember(tx: Transaction, name: string, key: SubjectKey): void {
    let own = this.#ofTransaction.get(tx);
    if (own === undefined) {
      own = new Map();
      this.#ofTransaction.set(tx, own);
      tx.afterCommit(() => this.#publish(tx));
    }
    own.set(name, key);
  }

  #publish(tx: Transaction): void {
    for (const [name, key] of this.#ofTransaction.get(tx) ?? []) {
      if (key.key === null || this.#destroyed.get(`${key.organizationId}|${key.subjectId}`) === true)
        continue;
      this.#shared.keep(name, key);
    }
  }

  #forget(organizationId: string, subjectId: string): void {
    this.#destroyed.keep(`${organizationId}|${subjectId}`, true);
    this.#shared.forget((key) => key.subjectId === subjectId && key.organizationId === organizationId);
  }
}

function currentName(organizationId: string, whose: { subjectId: string; fieldClass: FieldClass }): string {
  return `${organizationId}|${whose.subjectId}|${whose.fieldClass}`;
}

function idName(organizationId: string, id: string): string {
  return `${organizationId}|${id}`;
}
