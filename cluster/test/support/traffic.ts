import { expect } from 'vitest';
import { allRecords, recordsAgree } from '../../../e2e/support/agreement.ts';
import { until } from '../../../e2e/support/ringback.ts';
import { Journal } from './journal.ts';
import { Party } from './party.ts';
import { Phone } from './phone.ts';
import type { Stage, StageNode } from './stage.ts';

/** ms; so long may it take until everybody is free and everything is told, after all is well again. */
const patience = 60_000;

/** People who call each other on all nodes of a stage while things break, and the judgement of what came of it. */
export class Traffic {
  readonly journal = new Journal();
  readonly #stage: Stage;
  readonly #parties: Party[] = [];
  readonly #others: Phone[] = [];
  /** Two who talk all the time, whatever happens. */
  readonly #talk: { readonly phones: readonly [Phone, Phone]; callId: string }[] = [];

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Everybody signs in, on all nodes in turn; some begin a long talk, the others wait for `run`. */
  static async open(stage: Stage, { parties = 5, talks = 2 } = {}): Promise<Traffic> {
    const traffic = new Traffic(stage);
    const { journal } = traffic;
    const { random } = stage;
    const where = () => stage.next()?.ringback;
    const rest = () => {
      const node = stage.next();
      if (node === undefined) throw new Error('no node is up');
      return node.rest;
    };
    for (let index = 0; index < parties; index += 1) {
      traffic.#parties.push(new Party({ index, where, rest, journal, random }));
    }
    await Promise.all(traffic.#parties.map((party) => party.open()));
    for (let index = 0; index < talks; index += 1) {
      const phones = [new Phone(`t${index}`, where), new Phone(`u${index}`, where)] as const;
      for (const phone of phones) await phone.open();
      traffic.#talk.push({ phones, callId: await traffic.talk(...phones) });
    }
    return traffic;
  }

  /** One calls, the other answers; the id of their call. */
  async talk(caller: Phone, callee: Phone): Promise<string> {
    const callId = await caller.call([callee.userId]);
    this.journal.note('started', callId);
    await callee.rings(callId);
    await callee.ask('accept', { callId });
    this.journal.note('accept', callId, callee.userId);
    return callId;
  }

  /** A phone that knows one node only: with that, it is gone. */
  async phoneAt(userId: string, node: StageNode): Promise<Phone> {
    const phone = new Phone(userId, () => (node.up ? node.ringback : undefined));
    this.#others.push(phone);
    await phone.open();
    return phone;
  }

  run(pause = 300): void {
    for (const party of this.#parties) party.run(pause);
  }

  /** Calls that went as they were meant to so far. */
  get smooth(): number {
    return this.#parties.reduce((sum, { count }) => sum + count.smooth, 0);
  }

  get broken(): number {
    return this.#parties.reduce((sum, { count }) => sum + count.broken, 0);
  }

  /** Waits until this many more calls have gone as they were meant to. */
  async flows(more = 10, ms = patience): Promise<void> {
    const goal = this.smooth + more;
    const why = (): string => JSON.stringify(this.#parties.map(({ reasons }) => reasons.at(-1)));
    await until(() => (this.smooth >= goal ? undefined : `${goal - this.smooth} calls are missing: ${why()}`), ms);
  }

  /**
   * All is well again and everybody hangs up: nothing that was acknowledged is lost, nobody is in a call, each call has one
   * record, webhooks told all of it in order, every phone shows what is so, and nobody had to do anything. `talksMayEnd`:
   * something was broken for longer than leases last, so those who talked all the time may have been taken apart.
   */
  async judge({ talksMayEnd = false } = {}): Promise<string> {
    const { mirror, nodes } = this.#stage;
    await Promise.all(this.#parties.map((party) => party.stop()));
    await this.#judgeTalks(talksMayEnd);
    mirror.unreliability = 0;
    const { journal } = this;
    await this.#nobodyIsIn();
    const open = () => [...journal.calls].filter((callId) => mirror.calls.get(callId)?.record === undefined);
    await until(() => {
      const [first] = open();
      return first === undefined ? undefined : `${open().length} calls have no end, such as ${first}`;
    }, patience);
    await until(async () => {
      const [row] = await this.#stage.rows<{ n: string }>('SELECT count(*) AS n FROM outbox');
      return row?.n === '0' ? undefined : `${row?.n} webhooks wait`;
    }, patience);
    for (const node of nodes) {
      const records = await recordsAgree(mirror, node.rest);
      expect(records).toBeGreaterThanOrEqual(journal.calls.size);
    }
    const records = await allRecords((nodes[0] as StageNode).rest);
    expect([...journal.calls].filter((callId) => !records.has(callId))).toEqual([]);
    journal.check(mirror.calls);
    for (const node of nodes) {
      await until(async () => {
        const { status, text } = await this.#stage.health(node);
        return status === 200 ? undefined : text;
      });
    }
    return (
      `${records.size} calls, ${journal.size} acknowledged changes, ${this.smooth} rounds as meant, ${this.broken} broken, ` +
      `${mirror.events} events, ${mirror.duplicates} came twice`
    );
  }

  close(): void {
    for (const party of this.#parties) party.close();
    for (const phone of [...this.#others, ...this.#talk.flatMap(({ phones }) => phones)]) phone.drop();
  }

  /** Those who talked all the time still do, and see what every node says; then they hang up. Or it is over for both. */
  async #judgeTalks(mayEnd: boolean): Promise<void> {
    for (const { phones, callId } of this.#talk) {
      if (mayEnd && phones.some(({ over }) => over.has(callId))) {
        for (const phone of phones)
          await until(() => (phone.over.has(callId) ? undefined : 'one is still talking'), patience);
        expect(['Interrupt', 'Offline']).toContain(phones[0].over.get(callId)?.result);
        continue;
      }
      const all = [`${phones[0].userId} Calling`, `${phones[1].userId} Calling`];
      for (const phone of phones) {
        await until(() => {
          const { shown, userId } = phone;
          const right = shown?.callId === callId && shown.members.join() === all.join();
          return right
            ? undefined
            : `${userId} shows ${JSON.stringify(shown)}, over: ${JSON.stringify(phone.over.get(callId))}`;
        }, patience);
      }
      for (const { rest } of this.#stage.nodes) {
        const { Response } = await rest.send('call_engine_http_srv/get_call_info', { CallId: callId });
        const told = Response?.UserList?.map((one: Record<string, string>) => `${one.User_Account} ${one.Status}`);
        expect(told).toEqual(all);
      }
      await phones[1].ask('hangUp', { callId });
      this.journal.note('hangUp', callId, phones[1].userId);
      await until(() => (phones[0].shown === undefined ? undefined : `${phones[0].userId} does not see the end`));
    }
  }

  /** Nobody holds a seat and no call is live, by what each node says and by what is kept; no phone shows one. */
  async #nobodyIsIn(): Promise<void> {
    await until(async () => {
      const [row] = await this.#stage.rows<{ calls: string; seats: string }>(
        'SELECT (SELECT count(*) FROM calls) AS calls, (SELECT count(*) FROM seats) AS seats',
      );
      return row?.calls === '0' && row.seats === '0' ? undefined : `still there: ${JSON.stringify(row)}`;
    }, patience);
    for (const { ringback } of this.#stage.nodes) {
      expect(JSON.parse(await ringback.cli('calls', '--json'))).toEqual([]);
    }
    for (const { phones } of this.#parties) {
      for (const { userId, shown } of phones) expect([userId, shown]).toEqual([userId, undefined]);
    }
  }
}
