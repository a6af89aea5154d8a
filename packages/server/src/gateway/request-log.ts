import type { RequestId, SdkAppId } from 'ringback-protocol';

/** A request as it is remembered. */
export interface RememberedRequest {
  readonly requestId: string;
  /** 0 when it named none that exists. */
  readonly app: SdkAppId | 0;
  /** ms. */
  readonly at: number;
  /** `service/command`; `-` when it named none. */
  readonly command: string;
  readonly code: number;
  /** ms. */
  readonly took: number;
  readonly clientIp: string;
}

/** The requests of one minute. */
export interface MinuteOfRequests {
  /** ms; where it begins. */
  readonly at: number;
  n: number;
  readonly codes: Map<number, number>;
  /** ms. */
  slowest: number;
}

const minute = 60_000;

/** Minutes that are kept. */
const minutesKept = 360;

/** Codes that a minute tells apart. */
const codesKept = 100;

/** Commands and addresses that have a number of their own; further ones are forgotten. */
const mostWords = 60_000;

/** Numbers for texts that come again and again. */
class Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [''];

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length > mostWords) return 0;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  textOf(number: number): string {
    return this.#texts[number] ?? '';
  }
}

/**
 * The last requests of this node, found by their ids, and how many there were in each minute of the last hours. Bytes in
 * arrays, about 85 a request, so that the collector of garbage has nothing to do with them.
 */
export class RequestLog {
  readonly #size: number;
  readonly #ids: Buffer;
  readonly #at: Float64Array;
  readonly #took: Float32Array;
  readonly #app: Uint32Array;
  readonly #code: Int32Array;
  readonly #command: Uint16Array;
  readonly #ip: Uint16Array;
  readonly #commands = new Words();
  readonly #ips = new Words();
  /** Ids that are not in `#ids` yet, because one write of many costs a fraction of many writes. */
  #newIds = '';
  #newIdCount = 0;
  #n = 0;
  readonly #minutes: MinuteOfRequests[] = [];
  /** ms. */
  readonly since: number;

  constructor(now: number, size = 100_000) {
    this.since = now;
    this.#size = size;
    this.#ids = Buffer.alloc(size * slot);
    this.#at = new Float64Array(size);
    this.#took = new Float32Array(size);
    this.#app = new Uint32Array(size);
    this.#code = new Int32Array(size);
    this.#command = new Uint16Array(size);
    this.#ip = new Uint16Array(size);
  }

  /** Called for each request. */
  note(
    request: { readonly requestId: RequestId; readonly app: SdkAppId | 0; readonly clientIp: string },
    command: string,
    code: number,
    took: number,
    now: number,
  ): void {
    const at = this.#n % this.#size;
    this.#n += 1;
    // Whole, since taking it apart costs more than the room.
    this.#newIds += request.requestId.padEnd(slot).slice(0, slot);
    this.#newIdCount += 1;
    if (this.#newIdCount === idsAtOnce || at + 1 === this.#size) this.#writeIds();
    this.#at[at] = now;
    this.#took[at] = took;
    this.#app[at] = request.app;
    this.#code[at] = code;
    this.#command[at] = this.#commands.numberOf(command);
    this.#ip[at] = this.#ips.numberOf(request.clientIp);
    this.#count(code, took, now);
  }

  /** By the whole id, or by its 32 digits. */
  find(text: string): RememberedRequest | undefined {
    const wanted = digitsOf(text);
    if (wanted === undefined) return undefined;
    const sought = Buffer.from(wanted, 'latin1');
    this.#writeIds();
    const kept = this.#ids.subarray(0, Math.min(this.#n, this.#size) * slot);
    for (let at = kept.indexOf(sought); at >= 0; at = kept.indexOf(sought, at + 1)) {
      const found = this.#read(Math.floor(at / slot));
      if (digitsOf(found.requestId) === wanted) return found;
    }
    return undefined;
  }

  /** The newest first. */
  newest(limit: number, wanted: (request: RememberedRequest) => boolean): readonly RememberedRequest[] {
    const found: RememberedRequest[] = [];
    this.#writeIds();
    for (let n = this.#n - 1; n >= Math.max(0, this.#n - this.#size) && found.length < limit; n -= 1) {
      const one = this.#read(n % this.#size);
      if (wanted(one)) found.push(one);
    }
    return found;
  }

  /** Those minutes that had requests, the newest last. */
  minutes(from: number, to: number): readonly MinuteOfRequests[] {
    return this.#minutes.filter(({ at }) => at + minute > from && at <= to);
  }

  /** Those behind the last ones that were written, up to the newest. */
  #writeIds(): void {
    const first = (this.#n - this.#newIdCount) % this.#size;
    this.#ids.write(this.#newIds, first * slot, 'latin1');
    this.#newIds = '';
    this.#newIdCount = 0;
  }

  #read(at: number): RememberedRequest {
    return {
      requestId: this.#ids.toString('latin1', at * slot, (at + 1) * slot).trimEnd(),
      app: (this.#app[at] ?? 0) as SdkAppId | 0,
      at: this.#at[at] ?? 0,
      command: this.#commands.textOf(this.#command[at] ?? 0),
      code: this.#code[at] ?? 0,
      took: Math.round((this.#took[at] ?? 0) * 100) / 100,
      clientIp: this.#ips.textOf(this.#ip[at] ?? 0),
    };
  }

  #count(code: number, took: number, now: number): void {
    const at = now - (now % minute);
    let last = this.#minutes.at(-1);
    if (last === undefined || last.at < at) {
      last = { at, n: 0, codes: new Map(), slowest: 0 };
      this.#minutes.push(last);
      while ((this.#minutes[0]?.at ?? at) <= at - minutesKept * minute) this.#minutes.shift();
    }
    last.n += 1;
    const known = last.codes.get(code);
    if (known !== undefined) last.codes.set(code, known + 1);
    else if (last.codes.size < codesKept) last.codes.set(code, 1);
    if (took > last.slowest) last.slowest = took;
  }
}

/** Bytes of an id, and blanks behind it: those of `Id-<32 hex>-O-Seq-<counter>` have up to 58. */
const slot = 60;

/** Ids that are written at once. */
const idsAtOnce = 32;

/** The 32 digits of a request id in either form; undefined when it is none. */
export function digitsOf(text: string): string | undefined {
  return /^(?:Id-)?([0-9a-f]{32})(?:-O-Seq-\d+)?$/.exec(text)?.[1];
}
