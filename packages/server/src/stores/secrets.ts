import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** In front of what is encrypted; what is not begins with the brace of its JSON. */
const mark = 'sealed:1:';

const ivBytes = 12;
const tagBytes = 16;

/** How a text is kept. `unknown`: under a key that is not given. */
export type Kept = 'current' | 'other' | 'plain' | 'unknown';

interface MasterKey {
  /** Tells keys apart, and nothing of the key. */
  readonly id: string;
  readonly key: Buffer;
}

/**
 * Encrypts what must be secret in the database, with AES-256-GCM under a key that is derived from the master key.
 * A text is bound to its place, so that rows cannot change places. Without a master key texts are kept as they are.
 */
export class Secrets {
  readonly #current: MasterKey | undefined;
  readonly #other: MasterKey | undefined;

  /** Both as base64 of 32 bytes, or empty. `otherKey` is read with, never written with. */
  constructor({ masterKey = '', otherKey = '' }: { readonly masterKey?: string; readonly otherKey?: string } = {}) {
    this.#current = keyOf(masterKey);
    this.#other = keyOf(otherKey);
  }

  /** Of the key that is written with; empty without one. */
  get keyId(): string {
    return this.#current?.id ?? '';
  }

  /** The text as it is to be kept at `place`, such as `apps/1400000001`. */
  seal(place: string, text: string): string {
    if (this.#current === undefined) return text;
    const { id, key } = this.#current;
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${mark}${id}:${sealed.toString('base64')}`;
  }

  /** The text that is kept at `place`. Throws a sentence for the operator where it cannot be read. */
  open(place: string, kept: string): string {
    const id = keyIdOf(kept);
    if (id === undefined) return kept;
    const master = this.#keyNamed(id);
    if (master === undefined) throw new Error(this.#lacking(id));
    const sealed = Buffer.from(kept.slice(mark.length + id.length + 1), 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', master.key, sealed.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(-tagBytes));
      const body = sealed.subarray(ivBytes, -tagBytes);
      return decipher.update(body, undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw new Error(
        `${place} in the database was changed or moved: it cannot be decrypted with the master key ${id}, which it ` +
          'names. Restore it from a backup.',
      );
    }
  }

  /** How a text is kept, going by the key that it names. */
  kept(text: string): Kept {
    const id = keyIdOf(text);
    if (id === undefined) return 'plain';
    if (id === this.#current?.id) return 'current';
    return id === this.#other?.id ? 'other' : 'unknown';
  }

  #keyNamed(id: string): MasterKey | undefined {
    return [this.#current, this.#other].find((one) => one?.id === id);
  }

  #lacking(id: string): string {
    const given = [this.#current, this.#other].flatMap((one) => (one === undefined ? [] : [one.id]));
    const which =
      given.length === 0 ? 'none is given' : `what is given is ${given.map((one) => `the key ${one}`).join(' and ')}`;
    return (
      `Secrets in the database are encrypted with the master key ${id}, and ${which}. Set secrets.masterKeyFile ` +
      '(RINGBACK_SECRETS_MASTER_KEY_FILE) to the file of that key; where it is being replaced, secrets.otherKeyFile.'
    );
  }
}

/** A new master key. */
export const makeMasterKey = (): string => randomBytes(32).toString('base64');

/** The id of the key that a text names; undefined when it is not encrypted. */
function keyIdOf(text: string): string | undefined {
  if (!text.startsWith(mark)) return undefined;
  return text.slice(mark.length, text.indexOf(':', mark.length));
}

function keyOf(text: string): MasterKey | undefined {
  if (text === '') return undefined;
  const master = Buffer.from(text, 'base64');
  if (master.length !== 32)
    throw new Error('A master key is the base64 of 32 bytes; `ringback secrets make-key` makes one.');
  const id = createHmac('sha256', master).update('ringback master key id').digest('hex').slice(0, 8);
  return { id, key: Buffer.from(hkdfSync('sha256', master, '', 'ringback secrets at rest', 32)) };
}
