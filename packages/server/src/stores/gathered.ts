/** Answers questions that come in one turn of the event loop together. */
export class Gathered<Key, Found> {
  readonly #read: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Found>>;
  readonly #nameOf: (key: Key) => string;
  #waiting = new Map<string, { readonly key: Key; readonly found: Promise<Found | undefined> }>();
  #answers: Promise<ReadonlyMap<string, Found>> | undefined;

  /** `read` answers by the names of the keys. */
  constructor(nameOf: (key: Key) => string, read: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Found>>) {
    this.#nameOf = nameOf;
    this.#read = read;
  }

  get(key: Key): Promise<Found | undefined> {
    const name = this.#nameOf(key);
    const asked = this.#waiting.get(name);
    if (asked !== undefined) return asked.found;
    this.#answers ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      const keys = [...this.#waiting.values()].map((one) => one.key);
      this.#waiting = new Map();
      this.#answers = undefined;
      return this.#read(keys);
    });
    const found = this.#answers.then((all) => all.get(name));
    this.#waiting.set(name, { key, found });
    return found;
  }
}
