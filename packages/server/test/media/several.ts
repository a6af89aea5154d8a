import type { Call, Member } from 'ringback-engine';
import {
  callId,
  type DeviceId,
  type DeviceMessage,
  deviceId,
  type NodeId,
  nodeId,
  sdkAppId,
  type UserId,
  userId,
} from 'ringback-protocol';
import { LocalBus } from '../../src/cluster/local/bus.ts';
import { MediaPlane } from '../../src/media/plane.ts';
import { SharedMedia } from '../../src/media/shared-media.ts';
import type { Nodes } from '../../src/ports/nodes.ts';
import { mediaDataOf } from '../../src/requests/media-data.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { PostOffice } from './post-office.ts';
import { NotedProvider } from './rooms.ts';

// biome-ignore lint/suspicious/noExplicitAny: messages are judged by the tests, member by member.
type Json = any;

const app = sdkAppId(1);

/** Lets letters and the store answer. */
export const settle = async (): Promise<void> => {
  for (let n = 0; n < 40; n += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** One node of several: its plane, and what it knows of the others. */
export class MediaNode {
  readonly id: NodeId;
  readonly rooms = new NotedProvider();
  readonly gone: string[] = [];
  readonly errors: unknown[] = [];
  readonly plane: MediaPlane;
  readonly media: SharedMedia;
  living: NodeId[] = [];
  /** What notices have said that calls are. */
  readonly heard = new Map<string, Call>();
  isSure = true;
  readonly #changed: (() => void)[] = [];

  constructor(house: Several, name: string) {
    this.id = nodeId(name);
    const { clock, bus } = house;
    const nothing = (): void => {};
    this.plane = new MediaPlane({
      setting: house.setting,
      providers: [this.rooms],
      ice: { stunUrls: [], turnUrls: [], turnSecret: '', turnTtl: 60 },
      observer: { moved: nothing, openFailed: nothing, lost: nothing, failed: nothing, gaveUp: nothing },
      bus,
      clock,
      reports: { add: nothing },
      gone: (_, user) => this.gone.push(user),
    });
    this.media = new SharedMedia({
      plane: this.plane,
      nodes: this.#nodes(house),
      mail: house.office.of(this.id),
      store: {
        read: async (_, id) => house.read(id),
        known: (_, id, version) => {
          const call = this.heard.get(id);
          return call !== undefined && call.version >= version ? call : undefined;
        },
      },
      shared: { versions: async (calls) => calls.map(({ callId }) => house.calls.get(callId)?.version ?? 0) },
      clock,
      isHere: (_, user, device) => house.homes.get(`${user} ${device}`) === this,
      dataOf: mediaDataOf,
      log: { info: nothing, error: (fields: unknown) => this.errors.push(fields) } as never,
    });
  }

  /** Which nodes live, as this one sees it from now on. */
  sees(...living: readonly MediaNode[]): void {
    this.living = living.map(({ id }) => id).sort();
    for (const listener of this.#changed) listener();
  }

  #nodes(house: Several): Nodes {
    const node = this;
    return {
      self: node.id,
      get isSure() {
        return node.isSure;
      },
      outFor: 0,
      allTell: true,
      join: async () => {},
      living: () => node.living,
      isLiving: (one) => node.living.includes(one),
      since: (one) => house.since.get(one) ?? 0,
      secretOf: () => undefined,
      dead: () => [],
      onDead: () => {},
      onChange: (listener) => node.#changed.push(listener),
      onBack: () => {},
      tells: () => {},
    };
  }
}

/** Several nodes in one process, with one store, one bus and one post office between them. */
export class Several {
  readonly clock = new ManualClock();
  readonly bus = new LocalBus();
  readonly office = new PostOffice();
  readonly since = new Map<NodeId, number>();
  readonly calls = new Map<string, Call>();
  readonly homes = new Map<string, MediaNode>();
  readonly nodes: MediaNode[] = [];
  readonly setting: 'auto' | 'sfu';
  /** What devices were told, by user. */
  readonly told = new Map<UserId, Json[]>();
  /** The store cannot be read. */
  storeIsOut = false;
  #made = 0;

  constructor(count: number, setting: 'auto' | 'sfu' = 'auto') {
    this.setting = setting;
    this.bus.onDeliver({
      deliver: (_, to, frame) => {
        const list = this.told.get(to.userId) ?? [];
        this.told.set(to.userId, list);
        list.push(JSON.parse(frame).params.data);
      },
      disconnect: () => {},
    });
    for (let n = 0; n < count; n += 1) this.add(`node${n}`, this.clock.now() - 60_000);
  }

  add(name: string, since = this.clock.now()): MediaNode {
    this.since.set(nodeId(name), since);
    const node = new MediaNode(this, name);
    this.nodes.push(node);
    for (const one of this.nodes) one.sees(...this.nodes);
    return node;
  }

  /** Questions to the store. */
  reads = 0;

  read(id: string): Call | undefined {
    if (this.storeIsOut) throw new Error('out of reach');
    this.reads += 1;
    return this.calls.get(id);
  }

  /** A call of these users, each with a device at one of the nodes, which all have accepted. */
  call(...homes: readonly (readonly [string, MediaNode])[]): Call {
    const now = this.clock.now();
    this.#made += 1;
    const n = this.#made.toString(16).padStart(12, '0');
    const members = homes.map(([name]): Member => member(name));
    for (const [name, node] of homes) this.homes.set(`${name} ${name}-phone`, node);
    const call: Call = {
      app,
      callId: callId(`00000000-0000-4000-8000-${n}`),
      version: 3,
      callType: members.length > 2 ? 'MultiCall' : 'SingleCall',
      mediaType: 'Video',
      chatGroupId: '',
      groupKnown: false,
      roomId: '',
      roomIdType: 2,
      caller: userId(homes[0]?.[0] ?? ''),
      userData: '',
      maxMembers: 9,
      startedAt: now,
      acceptedAt: now,
      endedAt: 0,
      members,
      eventSeq: 2,
      eventTime: now,
      origin: { clientIp: '', platform: 'Web' },
    };
    this.calls.set(call.callId, call);
    return call;
  }

  /** The call as `by` has changed it. */
  change(call: Call, by: MediaNode, change: Partial<Call>): Call {
    const next = { ...call, version: call.version + 1, ...change };
    if (next.endedAt === 0) this.calls.set(call.callId, next);
    else this.calls.delete(call.callId);
    by.media.changed(next);
    return next;
  }

  /** Which of the nodes look after a call. */
  owners(call: Call): readonly MediaNode[] {
    return this.nodes.filter(({ plane }) => plane.of(call.app, call.callId) !== undefined);
  }

  owner(call: Call): MediaNode {
    const [one, ...more] = this.owners(call);
    if (one === undefined || more.length > 0) throw new Error(`${more.length + (one ? 1 : 0)} look after it`);
    return one;
  }

  /** What a device says, at its node. */
  async say(call: Call, user: string, message: DeviceMessage, at = this.homes.get(`${user} ${user}-phone`)) {
    let answers = 0;
    const from = call.members.find((one) => one.userId === user) as Member;
    await at?.media.receive(call, from, message, () => {
      answers += 1;
    });
    return answers;
  }

  setups(user: string): Json[] {
    return (this.told.get(userId(user)) ?? []).filter(({ type }) => type === 'setup');
  }

  /** Time passes, with letters in between. */
  async pass(ms: number): Promise<void> {
    for (let gone = 0; gone < ms; gone += 250) {
      this.clock.advance(Math.min(250, ms - gone));
      await settle();
    }
  }

  /** A node is no more, and the others have noticed. */
  kill(node: MediaNode): void {
    node.media.close();
    this.office.cutOff.add(node.id);
    this.nodes.splice(this.nodes.indexOf(node), 1);
    for (const one of this.nodes) one.sees(...this.nodes);
  }

  async close(): Promise<void> {
    for (const { media, plane } of this.nodes) {
      media.close();
      await plane.close();
    }
  }
}

/** A member who is in the call with a phone. */
export const member = (name: string): Member => ({
  userId: userId(name),
  nick: '',
  avatar: '',
  status: 'Calling',
  invitedBy: userId(name),
  deadline: 0,
  device: deviceId(`${name}-phone`) as DeviceId,
  userData: '',
  robot: false,
});
