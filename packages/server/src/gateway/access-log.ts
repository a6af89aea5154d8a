import type { Exchange } from './exchange.ts';

/** What logs and metrics say of a request that named no command that exists. */
export const noCommand = 'none';

/** Lines that are handed over together, and the longest that one waits (ms). */
const batch = 256;
const interval = 100;

/**
 * The access lines, one for each request, in the form of the log's own lines. They are put together by hand and handed
 * over by the hundred, because every request pays for them.
 */
export class AccessLog {
  readonly #write: ((text: string) => void) | undefined;
  #lines: string[] = [];
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
    const took = Math.round(ms * 1000) / 1000;
    const lines = this.#lines;
    lines.push(
      `{"level":30,"time":"${this.#time(now)}","requestId":"${requestId}","app":${
        app === undefined ? 0 : app.sdkAppId
      },"command":"${command}","code":${code},"ms":${took},"ip":"${clientIp}","msg":"answered"}`,
    );
    if (lines.length >= batch) this.flush();
    else if (this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.flush();
      }, interval);
      this.#timer.unref();
    }
  }

  /** Hands over what waits. */
  flush(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    this.#write?.(lines.join('\n'));
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
