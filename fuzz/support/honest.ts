import { Agent, request } from 'node:http';
import tlsSig from 'tls-sig-api-v2';
import { Device } from '../../e2e/support/device.ts';
import type { Ringback } from '../../e2e/support/ringback.ts';

/** ms of each request, and of each ring, in the order in which they were answered. */
export interface Served {
  readonly rest: number[];
  readonly ring: number[];
}

const command = 'call_engine_http_srv/get_call_info';

/** Customers who behave: a server that asks, and two phones that call each other. */
export class Honest {
  /** What was not as it should be, since it was opened: a request or call that was refused, cut or never heard of. */
  readonly unserved: string[] = [];
  readonly #ringback: Ringback;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  readonly #path: string;
  readonly #caller: Device;
  readonly #callee: Device;

  private constructor(ringback: Ringback, caller: Device, callee: Device) {
    this.#ringback = ringback;
    this.#caller = caller;
    this.#callee = callee;
    const { sdkAppId, key } = ringback;
    const usersig = new tlsSig.Api(sdkAppId, key).genUserSig('administrator', 86_400 * 7);
    const query = `sdkappid=${sdkAppId}&identifier=administrator&usersig=${usersig}&random=1&contenttype=json`;
    this.#path = `/v4/${command}?${query}`;
  }

  static async open(ringback: Ringback): Promise<Honest> {
    const [caller, callee] = [new Device('honest-a'), new Device('honest-b')];
    await caller.signIn(ringback);
    await callee.signIn(ringback);
    return new Honest(ringback, caller, callee);
  }

  /** Goes about its business at a steady pace: requests and calls a second. What is not served has no time and goes to `unserved`. */
  async live(options: {
    readonly seconds: number;
    readonly requests: number;
    readonly calls: number;
  }): Promise<Served> {
    const until = performance.now() + options.seconds * 1000;
    const served: Served = { rest: [], ring: [] };
    const asking: Promise<void>[] = [];
    const missed = (error: unknown) => void this.unserved.push(String(error));
    const asks = async (): Promise<void> => {
      const began = performance.now();
      for (let n = 0; performance.now() < until; n += 1) {
        const wait = began + (n * 1000) / options.requests - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        asking.push(this.#ask().then((ms) => void served.rest.push(ms), missed));
      }
      await Promise.all(asking);
    };
    const rings = async (): Promise<void> => {
      while (performance.now() < until) {
        await this.#ring().then((ms) => void served.ring.push(ms), missed);
        await new Promise((resolve) => setTimeout(resolve, 1000 / options.calls));
      }
    };
    await Promise.all([asks(), rings()]);
    return served;
  }

  close(): void {
    this.#agent.destroy();
    this.#caller.drop();
    this.#callee.drop();
  }

  #ask(): Promise<number> {
    const began = performance.now();
    const { hostname, port } = new URL(this.#ringback.http);
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, path: this.#path, method: 'POST', agent: this.#agent }, (response) => {
        let text = '';
        response.on('error', reject);
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          // There is no such call, which is a full answer.
          if (text.includes('"ErrorCode":101004')) resolve(performance.now() - began);
          else reject(new Error(`An honest request was answered with ${response.statusCode}: ${text.slice(0, 300)}`));
        });
      });
      asked.on('error', reject);
      asked.end('{"CallId":"00000000-0000-4000-8000-000000000000"}');
    });
  }

  /** A whole call; ms from the request to the ring. */
  async #ring(): Promise<number> {
    for (const { userId, closeCode } of [this.#caller, this.#callee])
      if (closeCode !== 0) throw new Error(`The socket of ${userId} was closed with ${closeCode}.`);
    this.#caller.notices.length = 0;
    this.#callee.notices.length = 0;
    const began = performance.now();
    let rung = 0;
    const heard = this.#callee.hears('callReceived').then(() => {
      rung = performance.now() - began;
    });
    const called = this.#caller.ask('call', { callees: ['honest-b'], mediaType: 'Audio' });
    const [{ callId }] = await Promise.all([called, heard]);
    try {
      await this.#callee.ask('accept', { callId });
    } finally {
      // Else the next call would find the phones busy.
      await this.#caller.ask('hangUp', { callId });
    }
    await this.#callee.hears('callEnded', (params) => params.callId === callId);
    return rung;
  }
}
