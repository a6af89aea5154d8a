import type { Exchange } from './exchange.ts';

/** What logs and metrics say of a request that named no command that exists. */
export const noCommand = 'none';

/** Bytes of lines that are handed over together, and the longest that one waits (ms). */
const batchBytes = 65_536;
const interval = 100;

/**
 * The access lines, one for each request, in the form of the log's own lines. They are put together by hand and handed
 * over by the hundred, because every request pays for them.
 */
export class AccessLog {
  readonly #write: ((text: string) => void) | undefined;
  readonly #waiting = Buffer.allocUnsafe(batchBytes);
  #used = 0;
  #timer: NodeJS.Timeout | undefined;
  #second = 0;
  #secondText = '';

  /** `write` takes lines without the last line end; without it nothing is written. */
  constructor(write: ((text: string) => void) | undefined) {
    this.#write = write;
  }

  /**
   * Notes an answer. Nothing in the line comes from the caller unchecked, so nothing needs escaping; the query, which
   * holds the signature, is never in it. `ms` is how long it took, `now` ms since 1970.
   */
  answered(
    exchange: Pick<Exchange, 'requestId' | 'app' | 'route' | 'clientIp'>,
    code: number,
    ms: number,
    now: number,
  ): void {
    if (this.#write === undefined) return;
    const { requestId, app, route, clientIp } = exchange;
    const command = route === undefined ? noCommand : route.command.path;
    // Whole numbers are turned into text much faster than others.
    const us = Math.round(ms * 1000);
    const part = us % 1000;
    const took = `${(us - part) / 1000}.${part < 10 ? '00' : part < 100 ? '0' : ''}${part}`;
    const line = `{"level":30,"time":"${this.#time(now)}","requestId":"${requestId}","app":${
      app === undefined ? 0 : app.sdkAppId
    },"command":"${command}","code":${code},"ms":${took},"ip":"${clientIp}","msg":"answered"}\n`;
    if (this.#used + line.length > batchBytes) this.flush();
    // Into the buffer at once: a list of lines would be put together from its pieces later, which takes longer.
    this.#used += this.#waiting.write(line, this.#used, 'latin1');
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.flush();
      }, interval);
      this.#timer.unref();
    }
  }

  /** Hands over what waits. */
  flush(): void {
    if (this.#used === 0) return;
    const lines = this.#waiting.toString('latin1', 0, this.#used - 1);
    this.#used = 0;
    this.#write?.(lines);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.flush();
  }

  /** A time as the log writes it. The text of a second is made once. */
  #time(now: number): string {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1000).toISOString().slice(0, 20);
    }
    const ms = now - second * 1000;
    return `${this.#secondText}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
  }
}
