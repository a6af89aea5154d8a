/**
 * A map whose entries come and go quickly.
 *
 * V8's `Map` moves to a new table after so many deletions, and the table it leaves points to the new one. Once such a table has
 * reached the old generation, all that follow hang on it until the next full collection, with everything that was in them when they
 * were left: each collection of the young generation copies what is long dead. Here the table holds keys and numbers only, so
 * what is deleted is let go. Keys should be small. The places of the most that were ever there at once stay, 16 bytes each.
 */
export class ChurnMap<Key extends string | number, Value> {
  readonly #slots = new Map<Key, number>();
  readonly #values: (Value | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#slots.size;
  }

  has(key: Key): boolean {
    return this.#slots.has(key);
  }

  get(key: Key): Value | undefined {
    const slot = this.#slots.get(key);
    return slot === undefined ? undefined : this.#values[slot];
  }

  set(key: Key, value: Value): void {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#free.pop() ?? this.#values.length;
      this.#slots.set(key, slot);
    }
    this.#values[slot] = value;
  }

  /** True when it was there. */
  delete(key: Key): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#slots.delete(key);
    this.#values[slot] = undefined;
    this.#free.push(slot);
    return true;
  }

  clear(): void {
    this.#slots.clear();
    this.#values.length = 0;
    this.#free.length = 0;
  }

  /** In the order in which they came. What is deleted meanwhile is left out, what is added meanwhile comes, too. */
  *values(): IterableIterator<Value> {
    for (const slot of this.#slots.values()) yield this.#values[slot] as Value;
  }
}
