import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';

/** MB that a process holds. */
export interface Held {
  /** Of the program: objects and buffers, after a collection. */
  readonly used: number;
  /** Of the system. */
  readonly resident: number;
}

/** A Node process that was started with `--inspect`, asked for its memory. */
export class Inspected {
  readonly #socket: WebSocket;
  readonly #pid: number;
  #count = 0;

  private constructor(socket: WebSocket, pid: number) {
    this.#socket = socket;
    this.#pid = pid;
  }

  /** `output`: what the process has printed; it names the address. */
  static async open(output: string, pid: number): Promise<Inspected> {
    const url = /Debugger listening on (ws:\/\/127\.0\.0\.1:\S+)/.exec(output)?.[1];
    if (url === undefined) throw new Error(`No debugger in:\n${output}`);
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new Inspected(socket, pid);
  }

  async memory(): Promise<Held> {
    for (let turn = 0; turn < 3; turn += 1) await this.#ask('HeapProfiler.collectGarbage', {});
    const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
    const { result } = await this.#ask('Runtime.evaluate', { expression });
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    return {
      used: (result as { readonly value: number }).value / 2 ** 20,
      resident: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
    };
  }

  close(): void {
    this.#socket.terminate();
  }

  #ask(method: string, params: object): Promise<Record<string, unknown>> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      const take = (data: unknown): void => {
        const frame = JSON.parse(String(data)) as { id?: number; result?: Record<string, unknown>; error?: object };
        if (frame.id !== id) return;
        this.#socket.off('message', take);
        if (frame.result === undefined) reject(new Error(JSON.stringify(frame.error)));
        else resolve(frame.result);
      };
      this.#socket.on('message', take);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
