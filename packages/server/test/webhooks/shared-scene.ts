import type { Call } from 'ringback-engine';
import { type NodeId, userId } from 'ringback-protocol';
import { makeWebhookSecret } from '../../src/auth/webhook-secret.ts';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import type { Hints } from '../../src/ports/hints.ts';
import type { CallWrite } from '../../src/ports/store.ts';
import type { Store } from '../../src/stores/store.ts';
import { Dispatcher } from '../../src/webhooks/dispatcher.ts';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import type { SharedLanes } from '../../src/webhooks/lane-keeper.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import type { SharedScene } from '../stores/support/each-store.ts';
import { appA, endWrite, idOf, inviteWrite, noon, startWrite } from '../stores/support/fake-calls.ts';
import { ok, type Received, Receiver } from './receiver.ts';

type Liveness = SharedLanes['nodes'];

/** ms that an answer may take: a machine that is busy is no receiver that fails. */
const patience = 30_000;

const command = 'Call.CallbackAfterMemberChanged';

/** Which nodes live, as the test says; each of them knows at once. */
export class Registry {
  readonly #alive = new Set<NodeId>();
  readonly #dead = new Set<NodeId>();
  readonly #onDead: ((node: NodeId) => void)[] = [];
  readonly #onBack = new Map<NodeId, () => void>();

  add(self: NodeId): Liveness {
    const [alive, dead, onDead, onBack] = [this.#alive, this.#dead, this.#onDead, this.#onBack];
    alive.add(self);
    return {
      self,
      get isSure() {
        return alive.has(self);
      },
      living: () => [...alive].sort(),
      isLiving: (node) => alive.has(node),
      dead: () => [...dead],
      onDead: (listener) => void onDead.push(listener),
      onBack: (listener) => void onBack.set(self, listener),
    };
  }

  isAlive(node: NodeId): boolean {
    return this.#alive.has(node);
  }

  /** The others think so, and the node itself can no longer be sure. */
  die(node: NodeId): void {
    this.#alive.delete(node);
    this.#dead.add(node);
    for (const listener of this.#onDead) listener(node);
  }

  /** It was only cut off. */
  comeBack(node: NodeId): void {
    this.#dead.delete(node);
    this.#alive.add(node);
    this.#onBack.get(node)?.();
  }
}

/** One of the nodes. */
export interface DeliveringNode {
  readonly store: Store;
  readonly dispatcher: Dispatcher;
  readonly self: NodeId;
  /** What it counts as waiting. */
  readonly counted: { waiting: number };
  /** Its requests that are not over. */
  readonly underWay: () => number;
  /** Keeps what the node would do in a later turn of the event loop, until what it returns is called. */
  readonly hold: () => () => void;
}

/** Several nodes that deliver the webhooks of one store to one receiver, which judges their order. */
export class SharedWebhooks {
  readonly registry = new Registry();
  readonly nodes: DeliveringNode[] = [];
  readonly faults: string[] = [];
  readonly receiver: Receiver;
  /** The number of the last event of each call that was taken. */
  readonly taken = new Map<string, number>();
  /** What came again, though it had been taken. */
  repeats = 0;
  /** Attempts that failed, as the nodes see it: on a machine that is busy, an answer may come too late. */
  failures = 0;
  /** Whether a request is refused. */
  refuses: (received: Received) => boolean = () => false;
  /** ms that an answer takes. */
  slowness = 0;
  readonly #scene: SharedScene;
  readonly #hints = new Map<NodeId, () => void>();
  readonly #bus: boolean;

  private constructor(scene: SharedScene, receiver: Receiver, bus: boolean) {
    this.#scene = scene;
    this.receiver = receiver;
    this.#bus = bus;
    receiver.reply = (answer, _, received) => this.#judge(received, answer);
  }

  /** `bus`: nodes can tell each other something. */
  static async open(scene: SharedScene, options: { readonly nodes: number; readonly bus: boolean }) {
    const made = new SharedWebhooks(scene, await Receiver.open(), options.bus);
    const endpoint: Endpoint = {
      app: appA,
      id: 'crm',
      format: 'v4',
      url: made.receiver.url,
      commands: [command],
      secrets: [makeWebhookSecret()],
      token: '',
      state: 'active',
    };
    await scene.store.endpoints.save(endpoint);
    await made.#start(scene.store);
    for (let n = 1; n < options.nodes; n += 1) await made.#start(await scene.beside(`n${n + 1}`));
    return made;
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map(({ dispatcher }) => dispatcher.close()));
    await this.receiver.stop();
  }

  /** Stops one in good order. */
  async stop(node: DeliveringNode): Promise<void> {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    await node.dispatcher.close();
  }

  get clock() {
    return this.#scene.clock;
  }

  /** Another node on the same data. */
  async join(name: string): Promise<DeliveringNode> {
    return this.#start(await this.#scene.beside(name));
  }

  /** Commits a step through a node, which then delivers what it tells. */
  async step({ store, dispatcher }: DeliveringNode, write: CallWrite): Promise<Call> {
    const { call } = write;
    const shared = { format: 'v4', part: 0, eventTime: call.eventTime, command, endpoints: ['crm'] } as const;
    const body = JSON.stringify({ CallId: call.callId, EventSeq: call.eventSeq });
    const told = { ...write, outbox: [{ ...shared, eventSeq: call.eventSeq, body }] };
    const result = await store.calls.commit(told);
    if (result !== 'ok') throw new Error(`The step was not written: ${result}.`);
    dispatcher.committed(
      { before: undefined, call, type: write.history.type, events: [], origin: write.origin },
      told.outbox,
    );
    return call;
  }

  /** The steps of a call number `n` with so many events, each made from the one before. */
  *steps(n: number, events: number): Generator<CallWrite, void, Call> {
    const name = (member: number) => userId(`u${n}-${member}`);
    let call = yield startWrite({ callId: idOf(n), at: noon + n, caller: name(0), callees: [name(1)] });
    for (let seq = 2; seq < events; seq += 1) call = yield inviteWrite(call, name(seq));
    yield endWrite(call);
  }

  /** Makes a whole call, each step through the node that `choose` gives. */
  async play(n: number, events: number, choose: (seq: number) => DeliveringNode): Promise<void> {
    const steps = this.steps(n, events);
    let next = steps.next();
    for (let seq = 1; !next.done; seq += 1) next = steps.next(await this.step(choose(seq), next.value));
  }

  /** Lets time go by until so many events of these calls were taken. */
  async takes(calls: number, events: number, ms = 90_000): Promise<void> {
    const all = () => Array.from({ length: calls }, (_, n) => this.taken.get(idOf(n)) ?? 0);
    await this.until(
      () => all().every((seq) => seq === events),
      () => `taken are ${all().join()} of ${events}`,
      ms,
    );
  }

  /** Lets time go by, faster than it does, until it is so. */
  async until(done: () => boolean | Promise<boolean>, what: () => string, ms = 90_000): Promise<void> {
    const end = performance.now() + ms;
    while (!(await done())) {
      if (performance.now() > end) throw new Error(`It did not come to this: ${what()}.`);
      this.clock.advance(100);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #start(store: Store): Promise<DeliveringNode> {
    const { lanes: claims } = store;
    if (claims === undefined) throw new Error('This store is not shared.');
    const self = store.nodes.self;
    const counted = { waiting: 0 };
    const hints: Hints = {
      send: (to) => setImmediate(() => this.#hints.get(to)?.()),
      onHint: (listener) => void this.#hints.set(self, listener),
    };
    const nothing = () => {};
    const sender = new Sender({ guard: new AddressGuard(['127.0.0.0/8']), timeout: patience });
    let underWay = 0;
    let held: (() => void)[] | undefined;
    const dispatcher = new Dispatcher({
      endpoints: store.endpoints,
      pending: store.pendingEvents,
      clock: this.clock,
      sender: {
        send: async (delivery) => {
          underWay += 1;
          try {
            return await sender.send(delivery);
          } finally {
            underWay -= 1;
          }
        },
        close: () => sender.close(),
      },
      observer: {
        waiting: (change) => {
          counted.waiting += change;
        },
        attempted: (outcome) => {
          if (outcome !== 'delivered') this.failures += 1;
        },
        givenUp: nothing,
      },
      log: { info: nothing, warn: nothing, error: nothing },
      concurrency: 16,
      random: () => 0,
      soon: (work) => (held === undefined ? void setImmediate(work) : void held.push(work)),
      shared: { claims, nodes: this.registry.add(self), ...(this.#bus && { hints }) },
    });
    await dispatcher.open();
    const hold = (): (() => void) => {
      const some: (() => void)[] = [];
      held = some;
      return () => {
        held = undefined;
        for (const work of some.splice(0)) work();
      };
    };
    const node = { store, dispatcher, self, counted, underWay: () => underWay, hold };
    this.nodes.push(node);
    return node;
  }

  #judge(received: Received, answer: (status: number, body?: string) => void): void {
    const { CallId: callId, EventSeq: seq } = received.body;
    const before = this.taken.get(callId) ?? 0;
    if (seq > before + 1) this.faults.push(`event ${seq} of ${callId} came when ${before} were taken`);
    if (seq <= before) this.repeats += 1;
    const refused = this.refuses(received);
    const tell = (): void => {
      if (!refused) this.taken.set(callId, Math.max(this.taken.get(callId) ?? 0, seq));
      answer(refused ? 500 : 200, ok);
    };
    if (this.slowness === 0) tell();
    else setTimeout(tell, this.slowness);
  }
}
