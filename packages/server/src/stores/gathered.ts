/** What is there under a key but cannot be read: whoever asks for that key is told why, and nobody else. */
export class Unreadable {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

type Answers<Found> = ReadonlyMap<string, Found | Unreadable>;

/** Answers questions that come in one turn of the event loop together. */
export class Gathered<Key, Found> {
  readonly #read: (keys: readonly Key[]) => Promise<Answers<Found>>;
  readonly #nameOf: (key: Key) => string;
  #waiting = new Map<string, { readonly key: Key; readonly found: Promise<Found | undefined> }>();
  #answers: Promise<Answers<Found>> | undefined;

  /** `read` answers by the names of the keys. */
  constructor(nameOf: (key: Key) => string, read: (keys: readonly Key[]) => Promise<Answers<Found>>) {
    this.#nameOf = nameOf;
    this.#read = read;
  }

  /** Rejects when nothing could be read, or not what is under this key. */
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
    const found = this.#answers.then((all) => {
      const one = all.get(name);
      if (one instanceof Unreadable) throw one.error;
      return one;
    });
    this.#waiting.set(name, { key, found });
    return found;
  }
}
