import { type Logger, pino, stdTimeFunctions } from 'pino';

/** Writes lines of a verb and fields. Never hand it a signature or a key. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** The log of the process, and the short road for lines that are written by the thousand. */
export interface LogStream {
  readonly log: Log;
  /** Appends a ready line of JSON, of level info, without its line end. The caller answers for its form. */
  line(text: string): void;
  /** Whether the level admits ready lines; who writes them by the thousand need not even make them otherwise. */
  readonly takesLines: boolean;
  /** Calls back for each line that was given up because the reader of the log does not keep up, until what it returns is called. */
  onDrop(lost: () => void): () => void;
  /** Writes out what is buffered, at once. */
  flush(): void;
}

/** Lines are gathered and written off the road of requests, at the latest after this time (ms). */
const flushInterval = 200;

/** Flushes after the last line: one comes to nothing while a write is under way. */
const flushesAfterwards = 25;

/** Bytes that wait for a reader that does not keep up; lines beyond are given up, the server is not. */
const maxWaiting = 16 * 1024 * 1024;

/** Opens the log on a file descriptor (1 = standard output). */
export function openLog(options: { readonly level: string; readonly fd?: number }): LogStream {
  const stream = pino.destination({ dest: options.fd ?? 1, sync: false, minLength: 8192, maxLength: maxWaiting });
  const log = pino({ level: options.level, base: null, timestamp: stdTimeFunctions.isoTime }, stream);
  // To flush nothing is a system call in another thread all the same: that ends some time after the last line.
  let timer: NodeJS.Timeout | undefined;
  let quiet = 0;
  const flush = (): void => {
    stream.flush();
    quiet += 1;
    if (quiet < flushesAfterwards) return;
    clearInterval(timer);
    timer = undefined;
  };
  const write = stream.write.bind(stream);
  stream.write = (text: string): boolean => {
    quiet = 0;
    timer ??= setInterval(flush, flushInterval).unref();
    return write(text);
  };
  // A reader that goes away (a closed pipe) must not end the server.
  stream.on('error', () => {});
  const takesLines = log.isLevelEnabled('info');
  return {
    log,
    takesLines,
    line: (text) => {
      if (takesLines) stream.write(`${text}\n`);
    },
    onDrop: (lost) => {
      stream.on('drop', lost);
      return () => void stream.removeListener('drop', lost);
    },
    flush: () => {
      try {
        stream.flushSync();
      } catch {
        // Nothing was written yet, or the reader is gone.
      }
    },
  };
}
