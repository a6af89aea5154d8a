import { afterAll, afterEach, beforeAll } from 'vitest';
import { Device } from '../../../e2e/support/device.ts';
import { RestCaller } from '../../../e2e/support/rest.ts';
import { Ringback } from '../../../e2e/support/ringback.ts';
import { RedisServer } from '../../../packages/server/test/cluster/support/redis-server.ts';

process.env.RINGBACK_E2E_STORE = 'postgres';

/** ms: what a busy machine may add to a bound. */
export const slack = 6000;

/** Two servers on a PostgreSQL and a Redis, of which `b` may die in each test: after it, it is there again. */
export class TwoServers {
  #redis: RedisServer | undefined;
  #a: Ringback | undefined;
  #b: Ringback | undefined;
  #rest: RestCaller | undefined;
  readonly #devices: Device[] = [];

  /** Opens them for the tests of a group, and clears away after them what has come up. */
  static ofThisGroup(): TwoServers {
    const two = new TwoServers();
    beforeAll(async () => {
      two.#redis = await RedisServer.start();
      two.#a = await Ringback.start('--redis', two.#redis.url);
      two.#b = await Ringback.beside(two.#a);
      two.#rest = new RestCaller(two.#a);
    }, 240_000);
    afterEach(async () => {
      for (const one of two.#devices.splice(0)) one.drop();
      await two.b.kill();
      await two.b.up();
    }, 120_000);
    afterAll(async () => {
      two.#rest?.close();
      await two.#b?.dispose();
      await two.#a?.dispose();
      await two.#redis?.dispose();
    }, 60_000);
    return two;
  }

  /** The one that stays. */
  get a(): Ringback {
    return there(this.#a);
  }

  /** The one that may die in a test. */
  get b(): Ringback {
    return there(this.#b);
  }

  /** Asks the one that stays. */
  get rest(): RestCaller {
    return there(this.#rest);
  }

  /** A device that is signed in, and gone after the test. */
  async device(userId: string, on: Ringback): Promise<Device> {
    const one = new Device(userId);
    this.#devices.push(one);
    await one.signIn(on);
    return one;
  }

  /** One calls, the other answers; the id of their call. */
  async talk(caller: Device, callee: Device, name: string): Promise<string> {
    const { callId } = await caller.ask('call', { callees: [name], mediaType: 'Audio' });
    await callee.hears('callReceived', (params) => params.callId === callId);
    await callee.ask('accept', { callId });
    await caller.hears('callChanged', (params) => params.callId === callId);
    return callId;
  }
}

function there<One>(one: One | undefined): One {
  if (one === undefined) throw new Error('The servers are not there yet.');
  return one;
}
