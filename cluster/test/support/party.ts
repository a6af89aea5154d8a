import { setTimeout as sleep } from 'node:timers/promises';
import type { RestCaller } from '../../../e2e/support/rest.ts';
import type { Ringback } from '../../../e2e/support/ringback.ts';
import type { Journal } from './journal.ts';
import { Phone } from './phone.ts';

/** What a party needs of its surroundings. */
export interface PartyOptions {
  readonly index: number;
  /** A node to sign in at, another one each time. */
  readonly where: () => Ringback | undefined;
  /** A way to the REST API, of any node that is up. */
  readonly rest: () => RestCaller;
  readonly journal: Journal;
  readonly random: () => number;
}

/** ms; longer than anything that a scenario breaks stays broken. */
const patience = 90_000;

/** Three people who call each other in every way that there is, over and over, whatever breaks around them. */
export class Party {
  readonly caller: Phone;
  readonly callee: Phone;
  readonly third: Phone;
  /** Calls that went as they were meant to, and those that something got in the way of. */
  readonly count = { smooth: 0, broken: 0 };
  /** Why, the last few of them. */
  readonly reasons: string[] = [];
  readonly #options: PartyOptions;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(options: PartyOptions) {
    const { index, where } = options;
    this.#options = options;
    this.caller = new Phone(`a${index}`, where);
    this.callee = new Phone(`b${index}`, where);
    this.third = new Phone(`c${index}`, where);
  }

  get phones(): readonly Phone[] {
    return [this.caller, this.callee, this.third];
  }

  async open(): Promise<void> {
    await Promise.all(this.phones.map((phone) => phone.open()));
  }

  /** Begins to call, with a pause of up to this many ms in between. */
  run(pause: number): void {
    this.#stopped = false;
    this.#running = this.#run(pause);
  }

  /** Everybody has hung up when this resolves; rejects when one of them cannot get free. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  close(): void {
    this.#stopped = true;
    // Of a test that has failed nobody waits for the rest.
    this.#running?.catch(() => {});
    for (const phone of this.phones) phone.drop();
  }

  async #run(pause: number): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#play(this.#options.random());
        this.count.smooth += 1;
      } catch (error) {
        this.count.broken += 1;
        this.reasons.push(error instanceof Error ? error.message : String(error));
        if (this.reasons.length > 5) this.reasons.shift();
      }
      await this.clear();
      await sleep(pause * this.#options.random());
    }
  }

  /** Everybody hangs up. */
  async clear(): Promise<void> {
    for (const phone of this.phones) await phone.clear(patience);
  }

  /** One call, of a kind that the dice choose. */
  async #play(dice: number): Promise<void> {
    const { caller, callee, third } = this;
    const { journal, rest } = this.#options;
    const call = async (callees: readonly Phone[], more: object = {}): Promise<string> => {
      const callId = await caller.call(
        callees.map(({ userId }) => userId),
        more,
      );
      journal.note('started', callId);
      await Promise.all(callees.map((one) => one.rings(callId)));
      return callId;
    };
    const act = async (phone: Phone, what: 'accept' | 'reject' | 'ignore' | 'hangUp', callId: string) => {
      await phone.ask(what, { callId });
      journal.note(what, callId, phone.userId);
    };
    const end = async (callId: string) => {
      const { ErrorCode, ErrorInfo } = await rest().send('call_engine_http_srv/end_call', { CallId: callId });
      if (ErrorCode !== 0) throw new Error(`end_call: ${ErrorCode} ${ErrorInfo}`);
      journal.note('ended', callId);
    };
    if (dice < 0.4) {
      const callId = await call([callee]);
      await act(callee, 'accept', callId);
      await act(dice < 0.2 ? caller : callee, 'hangUp', callId);
    } else if (dice < 0.48) {
      const callId = await call([callee]);
      await act(callee, 'reject', callId);
    } else if (dice < 0.56) {
      const callId = await call([callee]);
      await act(caller, 'hangUp', callId);
    } else if (dice < 0.62) {
      const callId = await call([callee]);
      await act(callee, 'ignore', callId);
    } else if (dice < 0.66) {
      // Nobody answers: the timer ends it.
      const callId = await call([callee], { timeoutMs: 1000 });
      for (let waited = 0; !caller.over.has(callId); waited += 50) {
        if (waited > 10_000) throw new Error(`${callId} rings for ever`);
        await sleep(50);
      }
    } else if (dice < 0.8) {
      const callId = await call([callee, third]);
      await act(callee, 'accept', callId);
      await act(third, dice < 0.73 ? 'accept' : 'reject', callId);
      await end(callId);
    } else if (dice < 0.92) {
      const callId = await call([callee]);
      await act(callee, 'accept', callId);
      await caller.ask('invite', { callId, users: [third.userId] });
      journal.note('invited', callId, third.userId);
      await third.rings(callId);
      await act(third, 'accept', callId);
      await act(caller, 'hangUp', callId);
      await act(callee, 'hangUp', callId);
    } else {
      const { Response, ErrorCode, ErrorInfo } = await rest().send('call_engine_http_srv/start_call_by_robot', {
        Robot_Account: 'robot',
        CalleeList_Account: [callee.userId, third.userId],
        Timeout: 30_000,
        CallInfo: { MediaType: 'Video' },
      });
      if (ErrorCode !== 0) throw new Error(`start_call_by_robot: ${ErrorCode} ${ErrorInfo}`);
      journal.note('started', Response.CallId);
      await callee.rings(Response.CallId);
      await act(callee, 'accept', Response.CallId);
      await end(Response.CallId);
    }
  }
}
