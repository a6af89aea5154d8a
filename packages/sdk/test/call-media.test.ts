import { afterEach, describe, expect, it, vi } from 'vitest';
import { RingbackError } from '../src/base/ringback-error.ts';
import type { Timers } from '../src/base/timers.ts';
import { CallMedia } from '../src/media/call-media.ts';
import { LocalMedia } from '../src/media/local-media.ts';
import { FakePeerConnection, FakeTrack, fakeBrowser } from './fake-browser.ts';

/** A connection that the test moves: the sections that it receives on, its states, what was done with it. */
class MovedConnection extends FakePeerConnection {
  static all: MovedConnection[] = [];
  override localDescription: { type: string; sdp: string } | null = null;
  currentLocalDescription: { type: string; sdp: string } | null = null;
  remoteDescription: object | null = null;
  readonly sections = new Map<string, FakeTrack>();
  readonly done: string[] = [];
  #version = 0;
  onconnectionstatechange: (() => void) | null = null;
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: ((event: { readonly candidate: null }) => void) | null = null;

  constructor() {
    super();
    MovedConnection.all.push(this);
  }

  override getTransceivers() {
    return [...this.sections].map(([mid, track]) => ({ mid, receiver: { track } }));
  }

  async createAnswer(): Promise<object> {
    return { type: 'answer', sdp: 'v=0' };
  }

  override async createOffer(): Promise<object> {
    return { type: 'offer', sdp: 'v=0' };
  }

  /** Each description that it makes by itself has the next version. */
  override async setLocalDescription(description = this.#next()): Promise<void> {
    this.localDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
    if (description.type === 'answer') this.currentLocalDescription = description;
  }

  #next() {
    this.#version += 1;
    const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer';
    return { type, sdp: `v=0\r\no=- 1 ${this.#version} IN IP4 127.0.0.1\r\n` };
  }

  override async setRemoteDescription(description: { readonly type: string }): Promise<void> {
    if (description.type === 'answer' && this.signalingState !== 'have-local-offer') throw new Error('InvalidState');
    this.done.push(description.type);
    this.remoteDescription = description;
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    if (description.type === 'answer') this.currentLocalDescription = this.localDescription;
  }

  override async addIceCandidate(candidate?: { readonly candidate: string }): Promise<void> {
    this.done.push(candidate?.candidate ?? 'no more candidates');
  }

  override restartIce(): void {
    this.done.push('restart');
    this.onnegotiationneeded?.();
  }

  override async getStats(): Promise<ReadonlyMap<string, object>> {
    const entries = [...this.sections.values()].map(({ id, kind }) => ({
      type: 'inbound-rtp',
      trackIdentifier: id,
      kind,
    }));
    return new Map(entries.map((one) => [one.trackIdentifier, one]));
  }

  /** Its state changes. */
  move(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/** The media of a call of anna's, whose browser and server are the test. */
function openCall() {
  fakeBrowser();
  vi.stubGlobal('RTCPeerConnection', MovedConnection);
  MovedConnection.all = [];
  let now = 0;
  const pending = new Set<{ readonly at: number; readonly fire: () => void }>();
  const timers: Timers = {
    now: () => now,
    random: () => 0,
    after: (ms, fire) => {
      const one = { at: now + ms, fire };
      pending.add(one);
      return () => pending.delete(one);
    },
  };
  const said: { readonly to: string; readonly data: Record<string, unknown> }[] = [];
  /** What the server refuses: the name of the condition. */
  const server: { refuses: (data: Record<string, unknown>, to: string) => string | undefined } = {
    refuses: () => undefined,
  };
  const local = new LocalMedia();
  const media = new CallMedia({
    userId: 'anna',
    local,
    timers,
    iceTransportPolicy: 'all',
    send: async (to, data) => {
      const one = { to, data: data as Record<string, unknown> };
      const refusal = server.refuses(one.data, to);
      if (refusal !== undefined) throw new RingbackError(refusal, -32_602, 'Not so.');
      said.push(one);
    },
  });
  const common = { type: 'setup', iceServers: [], members: [] };
  return {
    media,
    local,
    server,
    now: () => now,
    said: (type: string) => said.filter(({ data }) => data.type === type).map(({ data }) => data),
    pass: async (ms: number) => {
      const until = now + ms;
      for (;;) {
        await settle();
        const [next] = [...pending].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        pending.delete(next);
        now = next.at;
        next.fire();
      }
      now = until;
      await settle();
    },
    /** The service sets up a room; gives the publishing connection. */
    room: async (epoch: number) => {
      media.fromService({ ...common, epoch, mode: 'room', provider: 'sfu', layers: 'lines' });
      await settle();
      return MovedConnection.all.at(-1) as MovedConnection;
    },
    p2p: async (epoch: number, polite = false) => {
      media.fromService({ ...common, epoch, mode: 'p2p', provider: 'p2p', peer: 'bob', polite });
      await settle();
      return MovedConnection.all.at(-1) as MovedConnection;
    },
    /** The service offers these feeds on the sections of the newest connection; the first offer of an epoch makes it. */
    offer: async (
      epoch: number,
      n: number,
      feeds: readonly { mid: string; userId: string; kind: string }[],
      sdp = 'v=0',
    ) => {
      media.fromService({ type: 'offer', epoch, n, sdp, feeds });
      await settle();
      return MovedConnection.all.at(-1) as MovedConnection;
    },
  };
}

/** A call in a room that runs both ways; `section` shows whose picture the service gives the mid 1. */
async function openRoom() {
  const call = openCall();
  (await call.room(1)).move('connected');
  const down = await call.offer(1, 1, []);
  const section = new FakeTrack('video', '');
  down.sections.set('1', section);
  down.move('connected');
  return { call, section };
}

const picture = (mid: string, userId: string) => ({ mid, userId, kind: 'video' });

/** An offer with one pair of sections; the service gives it another stream for each stay of a member. */
const streams = (turn: number) =>
  ['v=0', 'm=audio 9', 'a=mid:0', `a=msid:m0-${turn} a`, 'm=video 9', 'a=mid:1', `a=msid:m0-${turn} v`, ''].join(
    '\r\n',
  );

describe('the media of a call in a room', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('shows nobody the picture of one who came on the section of one who left', async () => {
    const call = openCall();
    (await call.room(1)).move('connected');
    const before = await call.offer(1, 1, []);
    const old = new FakeTrack('video', '');
    before.sections.set('1', old);
    await call.offer(1, 2, [picture('1', 'bob')]);
    before.move('connected');
    expect(call.media.track('bob', 'video')).toBe(old);

    await call.room(2);
    const after = await call.offer(2, 1, []);
    const section = new FakeTrack('video', '');
    section.muted = true;
    after.sections.set('1', section);
    await call.offer(2, 2, [picture('1', 'bob')]);
    expect(call.media.track('bob', 'video')).toBe(old);
    // Bob leaves the new room, and dora comes.
    await call.offer(2, 3, [picture('1', 'dora')]);
    section.muted = false;
    section.dispatchEvent(new Event('unmute'));
    expect(call.media.track('bob', 'video')).toBe(old);
    expect(call.media.track('dora', 'video')).toBe(section);
    call.media.close();
  });

  it('says what it wants to see again when a member comes, and when the line is back', async () => {
    const call = openCall();
    (await call.room(1)).move('connected');
    const down = await call.offer(1, 1, []);
    for (const mid of ['1', '3']) down.sections.set(mid, new FakeTrack('video', ''));
    down.move('connected');
    call.media.fromService({ type: 'state', userId: 'bob', audio: true, video: true });
    call.media.fromService({ type: 'state', userId: 'carl', audio: true, video: true });
    call.media.hide('bob');
    await settle();
    const off = { type: 'want', epoch: 1, userId: 'bob', layer: 'off' };
    expect(call.said('want')).toEqual([off]);
    // The service did not know bob yet; of carl nothing was said that it would not do anyway.
    await call.offer(1, 2, [picture('1', 'bob'), picture('3', 'carl')]);
    expect(call.said('want')).toEqual([off, off]);
    await call.offer(1, 3, [picture('1', 'bob'), picture('3', 'carl')]);
    expect(call.said('want')).toHaveLength(2);
    call.media.back();
    await settle();
    expect(call.said('want')).toEqual([off, off, off]);
    call.media.close();
  });

  it('says what it wants to see again when a member has left and is back before the next offer', async () => {
    const { call } = await openRoom();
    call.media.fromService({ type: 'state', userId: 'bob', audio: true, video: true });
    await call.offer(1, 2, [picture('1', 'bob')], streams(1));
    call.media.hide('bob');
    await settle();
    const off = { type: 'want', epoch: 1, userId: 'bob', layer: 'off' };
    expect(call.said('want')).toEqual([off]);
    await call.offer(1, 3, [picture('1', 'bob')], streams(1));
    expect(call.said('want')).toEqual([off]);
    await call.offer(1, 4, [picture('1', 'bob')], streams(2));
    expect(call.said('want')).toEqual([off, off]);
    call.media.close();
  });

  it('shows who has left and is back before the next offer', async () => {
    const { call, section } = await openRoom();
    await call.offer(1, 2, [picture('1', 'bob')], streams(1));
    await call.offer(1, 3, [picture('1', 'bob')], streams(1));
    call.media.forget('bob');
    expect(call.media.track('bob', 'video')).toBeUndefined();
    call.media.fromService({ type: 'state', userId: 'bob', audio: true, video: true });
    await call.offer(1, 4, [picture('1', 'bob')], streams(2));
    expect(call.media.track('bob', 'video')).toBe(section);
    call.media.close();
  });

  it('shows who has left and is back also when the room offers that before the call tells of it', async () => {
    const { call, section } = await openRoom();
    await call.offer(1, 2, [picture('1', 'bob')], streams(1));
    await call.offer(1, 3, [], streams(1));
    await call.offer(1, 4, [picture('1', 'bob')], streams(2));
    call.media.fromService({ type: 'state', userId: 'bob', audio: true, video: true });
    call.media.joined('bob');
    await settle();
    expect(call.said('hello')).toEqual([]);
    call.media.forget('bob');
    call.media.joined('bob');
    await settle();
    expect(call.media.track('bob', 'video')).toBe(section);
    // What he has turned on is said by the setup that answers.
    expect(call.said('hello')).toEqual([{ type: 'hello', epoch: 1, mode: 'room' }]);
    call.media.close();
  });

  it('asks what a member has turned on whose stay before this one is told to be over late', async () => {
    const call = openCall();
    (await call.room(1)).move('connected');
    call.media.fromService({ type: 'state', userId: 'bob', audio: true, video: true });
    call.media.forget('bob');
    call.media.joined('bob');
    call.media.joined('bob');
    await settle();
    expect(call.said('hello')).toEqual([{ type: 'hello', epoch: 1, mode: 'room' }]);
    call.media.close();
  });

  it('wants of who comes into the call again what it wants of anybody', async () => {
    const { call } = await openRoom();
    call.media.fromService({ type: 'state', userId: 'bob', audio: true, video: true });
    await call.offer(1, 2, [picture('1', 'bob')]);
    call.media.hide('bob');
    await settle();
    expect(call.said('want')).toHaveLength(1);
    await call.offer(1, 3, []);
    call.media.forget('bob');
    call.media.fromService({ type: 'state', userId: 'bob', audio: true, video: true });
    await call.offer(1, 4, [picture('1', 'bob')]);
    call.media.back();
    await settle();
    expect(call.said('want')).toHaveLength(1);
    call.media.close();
  });

  it('tells the service when what it should receive does not come about', async () => {
    const call = openCall();
    (await call.room(1)).move('connected');
    await call.pass(20_000);
    expect(call.said('failed')).toEqual([]);
    await call.offer(1, 1, [picture('1', 'bob')]);
    await call.pass(11_000);
    expect(call.said('failed')).toEqual([]);
    await call.pass(2000);
    expect(call.said('failed')).toHaveLength(1);
    call.media.close();
  });

  it('tells it again, as long as nothing follows, when the service may not have heard of it', async () => {
    const call = openCall();
    await call.room(1);
    let times = 0;
    call.server.refuses = ({ type }) => {
      if (type !== 'failed') return undefined;
      times += 1;
      return times < 3 ? 'connection_lost' : undefined;
    };
    await call.pass(30_000);
    expect(times).toBeGreaterThanOrEqual(3);
    expect(call.said('failed').at(-1)).toMatchObject({ epoch: 1 });
    expect(call.said('hello')).toContainEqual({ type: 'hello', epoch: 1, mode: 'room' });
    (await call.room(2)).move('connected');
    const before = times;
    await call.pass(30_000);
    expect(times).toBe(before);
    call.media.close();
  });

  it('takes an answer that is said twice as one', async () => {
    const call = openCall();
    const up = await call.room(1);
    for (let i = 0; i < 2; i += 1) {
      call.media.fromService({ type: 'answer', epoch: 1, sdp: 'v=0' });
      await settle();
    }
    expect(up.done).toEqual(['answer']);
    expect(call.said('failed')).toEqual([]);
    call.media.close();
  });
});

describe('the media of a call from peer to peer', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('offers again while no answer comes, and when the line is back', async () => {
    const call = openCall();
    const line = await call.p2p(1);
    line.onnegotiationneeded?.();
    await settle();
    expect(call.said('description')).toHaveLength(1);
    await call.pass(3000);
    expect(call.said('description')).toHaveLength(2);
    call.media.back();
    await settle();
    expect(call.said('description')).toHaveLength(3);
    call.media.fromPeer('bob', { type: 'description', epoch: 1, description: { type: 'answer', sdp: 'v=0' } });
    await settle();
    line.move('connected');
    await call.pass(10_000);
    expect(call.said('description')).toHaveLength(3);
    call.media.close();
  });

  const description = (type: 'offer' | 'answer', version: number, more = '') => {
    return {
      type: 'description',
      epoch: 1,
      description: { type, sdp: `v=0\r\no=- 7 ${version} IN IP4 0.0.0.0\r\n${more}` },
    };
  };

  it('gives the same answer to an offer that is said twice, and takes the candidates that it has by then', async () => {
    const call = openCall();
    const line = await call.p2p(1, true);
    const candidate = 'candidate:1 1 udp 1 127.0.0.1 9 typ host';
    for (const more of ['m=audio 9 x 0\r\n', `m=audio 9 x 0\r\na=${candidate}\r\n`]) {
      call.media.fromPeer('bob', description('offer', 1, more));
      await settle();
    }
    const [first, second] = call.said('description');
    expect(first).toMatchObject({ description: { type: 'answer' } });
    expect(second).toEqual(first);
    expect(line.done).toEqual(['offer', candidate]);
    call.media.fromPeer('bob', description('offer', 2));
    await settle();
    expect(call.said('description')).toHaveLength(3);
    expect(call.said('description')[2]).not.toEqual(first);
    call.media.close();
  });

  it('does not take an answer that is said twice for that to its next offer', async () => {
    const call = openCall();
    const line = await call.p2p(1);
    line.onnegotiationneeded?.();
    await settle();
    call.media.fromPeer('bob', description('answer', 1));
    await settle();
    line.onnegotiationneeded?.();
    await settle();
    call.media.fromPeer('bob', description('answer', 1, 'a=candidate:1\r\n'));
    await settle();
    expect(line.done).toEqual(['answer']);
    expect(line.signalingState).toBe('have-local-offer');
    call.media.fromPeer('bob', description('answer', 2));
    await settle();
    expect(line.done).toEqual(['answer', 'answer']);
    call.media.close();
  });
});

describe('what a device says of its media', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is said until the server takes it, in order, and what is out of date by then is not', async () => {
    const { call } = await openRoom();
    await call.offer(1, 2, [picture('1', 'bob')]);
    call.media.start();
    await call.pass(1000);
    const before = ['state', 'hello', 'answer', 'stats'].map((type) => call.said(type).length);
    call.server.refuses = () => (call.now() < 31_000 ? 'overloaded' : undefined);
    await call.local.openCamera();
    call.local.closeCamera();
    await call.local.openCamera();
    for (let times = 0; times < 2; times += 1) call.media.back();
    await call.offer(1, 3, [picture('1', 'bob')]);
    await call.pass(34_000);
    const since = ['state', 'hello', 'answer', 'stats'].map((type, n) => call.said(type).slice(before[n]));
    expect(since.slice(0, 3)).toMatchObject([[{ video: true }], [{ epoch: 1, mode: 'room' }], [{ n: 3 }]]);
    // Of a look each five seconds, those are that follow.
    expect(since[3]).toHaveLength(1);
    call.media.close();
  });

  it('reaches the other device, also while the media service can be told nothing', async () => {
    const call = openCall();
    const line = await call.p2p(1);
    line.move('connected');
    await call.pass(1000);
    call.server.refuses = (_, to) => (to === '' ? 'overloaded' : undefined);
    line.iceConnectionState = 'disconnected';
    call.media.back();
    await call.pass(1000);
    expect(call.said('hello')).toEqual([]);
    expect(call.said('description')).toHaveLength(1);
    // What it says to one, it says in order.
    let times = 0;
    call.server.refuses = ({ type }) => {
      if (type !== 'description') return undefined;
      times += 1;
      return times < 3 ? 'overloaded' : undefined;
    };
    line.restartIce();
    await settle();
    line.onicecandidate?.({ candidate: null });
    await call.pass(100);
    expect([call.said('description').length, call.said('candidate').length]).toEqual([1, 0]);
    await call.pass(1400);
    expect([call.said('description').length, call.said('candidate').length]).toEqual([2, 1]);
    expect(call.said('hello')).toHaveLength(1);
    call.media.close();
  });

  it('about devices is said again with the next change, when it could not be said', async () => {
    const call = openCall();
    await call.room(1);
    call.server.refuses = () => 'connection_lost';
    await call.local.openCamera();
    await settle();
    call.server.refuses = () => undefined;
    await call.local.useDevice('camera', 'cam-1');
    await settle();
    expect(call.said('state').at(-1)).toMatchObject({ audio: false, video: true });
    call.media.close();
  });

  it.each(['offer', 'answer'])('and the server never takes, an %s, is told, and begun anew', async (type) => {
    const call = openCall();
    const heard: unknown[] = [];
    call.media.on('failed', ({ error }) => heard.push(error));
    call.server.refuses = (data) => (data.type === type ? 'bad_params' : undefined);
    for (const epoch of [1, 2]) {
      (await call.room(epoch)).move('connected');
      await call.offer(epoch, 1, []);
      await call.pass(11_000);
      expect(call.said('failed').at(-1)).toMatchObject({ epoch, text: expect.stringContaining(`${type}: Not so.`) });
    }
    expect(heard).toMatchObject([{ reason: 'bad_params' }]);
    call.media.close();
  });

  it.each(['offer', 'answer'])('and the server never takes, an %s, is begun anew ever less often', async (type) => {
    const call = openCall();
    call.server.refuses = (data) => (data.type === type ? 'bad_params' : undefined);
    const begin = async (epoch: number) => {
      const up = await call.room(epoch);
      if (type === 'offer') return;
      // Where the offer is taken, the one side connects, and the room offers the other.
      up.move('connected');
      await call.offer(epoch, 1, []);
    };
    await begin(1);
    const failed: number[] = [];
    for (let seconds = 1; seconds <= 120; seconds += 1) {
      await call.pass(1000);
      if (call.said('failed').length === failed.length) continue;
      failed.push(seconds);
      await begin(1 + failed.length);
    }
    expect(failed).toEqual([5, 15, 35, 55, 75, 95, 115]);
    call.media.close();
  });

  it('of which one connection needs a description that is refused, means nothing to the next one', async () => {
    const call = openCall();
    call.server.refuses = (data) => (data.epoch === 1 && data.type === 'offer' ? 'bad_params' : undefined);
    await call.room(1);
    (await call.room(2)).move('connected');
    await call.pass(8000);
    expect(call.said('failed')).toEqual([]);
    // Nor to how long a later one is waited for.
    for (const epoch of [3, 4]) {
      const up = await call.room(epoch);
      up.move('connected');
      await call.pass(60_000);
      up.move('failed');
    }
    await call.room(5);
    await call.pass(25_000);
    expect(call.said('failed').map(({ epoch }) => epoch)).toContain(5);
    call.media.close();
  });
});
