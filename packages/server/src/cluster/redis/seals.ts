import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { NodeId } from 'ringback-protocol';
import type { Nodes } from '../../ports/nodes.ts';

const cipher = 'aes-256-gcm';
/** Bytes. */
const [nonceLength, tagLength] = [12, 16];

/**
 * Seals what processes tell each other through Redis and rely upon, so that whoever can read or write there learns nothing of
 * it and can make nothing of the kind. Each process has a key of its own, which the others find in the database.
 */
export class Seals {
  readonly #nodes: Pick<Nodes, 'self' | 'secretOf'>;
  /** Numbers what this process seals: no two may have the same nonce under one key. */
  #count = 0n;
  readonly #salt = randomBytes(nonceLength - 8);

  constructor(nodes: Pick<Nodes, 'self' | 'secretOf'>) {
    this.#nodes = nodes;
  }

  /** Undefined while this process has no key. */
  seal(text: string): string | undefined {
    const { self } = this.#nodes;
    const key = this.#nodes.secretOf(self);
    if (key === undefined) return undefined;
    const nonce = Buffer.alloc(nonceLength);
    this.#salt.copy(nonce);
    this.#count += 1n;
    nonce.writeBigUInt64BE(this.#count, nonceLength - 8);
    const one = createCipheriv(cipher, key, nonce);
    return Buffer.concat([nonce, one.update(text), one.final(), one.getAuthTag()]).toString('base64');
  }

  /** What `from` has sealed; undefined for anything else, and while its key is not known here. */
  open(from: NodeId, sealed: string): string | undefined {
    const key = this.#nodes.secretOf(from);
    if (key === undefined) return undefined;
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < nonceLength + tagLength) return undefined;
    const one = createDecipheriv(cipher, key, bytes.subarray(0, nonceLength));
    one.setAuthTag(bytes.subarray(-tagLength));
    try {
      const text = one.update(bytes.subarray(nonceLength, -tagLength));
      return Buffer.concat([text, one.final()]).toString();
    } catch {
      return undefined;
    }
  }
}
