import type { Duplex } from 'node:stream';

/** Sizes at which the length of a frame takes 2 and 8 bytes more (RFC 6455, section 5.2). */
const twoBytes = 126;
const eightBytes = 65_536;

/** First byte of a whole text frame that is not compressed. */
const wholeText = '\x81';

/** A text frame as a server sends it (unmasked), one character a byte. */
export function textFrame(text: string): string {
  const bytes = Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
  const { length } = bytes;
  if (length < twoBytes) return wholeText + String.fromCharCode(length) + bytes;
  if (length < eightBytes) return `${wholeText}\x7e${String.fromCharCode(length >> 8, length & 255)}${bytes}`;
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  return `${wholeText}\x7f${size.toString('latin1')}${bytes}`;
}

/**
 * Sends text frames over the connection under a WebSocket.
 *
 * Everything that one turn of the event loop says to a device leaves as one string in one system call, which costs more
 * than the frames. The library would make buffers of each and hand the kernel a list.
 */
export class TextFrames {
  readonly #line: Duplex;
  readonly #mayWrite: () => boolean;
  #waiting = '';

  /** `mayWrite` is asked at each write: after a close frame nothing may follow. */
  constructor(line: Duplex, mayWrite: () => boolean) {
    this.#line = line;
    this.#mayWrite = mayWrite;
  }

  /** Bytes that the other side has not taken yet. */
  get unread(): number {
    return this.#waiting.length + this.#line.writableLength;
  }

  send(text: string): void {
    if (this.#waiting === '') process.nextTick(() => this.flush());
    this.#waiting += textFrame(text);
  }

  /** Writes what waits, at once; before the socket is closed. */
  flush(): void {
    if (this.#waiting === '') return;
    const bytes = this.#waiting;
    this.#waiting = '';
    if (this.#mayWrite()) this.#line.write(bytes, 'latin1');
  }
}
