import { userId } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { Feed } from '../../../src/media/sfu/child/feed.ts';
import { Member } from '../../../src/media/sfu/child/member.ts';
import { nack } from '../../../src/media/sfu/child/rtcp.ts';
import { Source } from '../../../src/media/sfu/child/source.ts';

const silent = { sendMessageBinary: () => true };

/** A packet of VP8, a keyframe of its own. */
function packetOf(ssrc: number, sequence: number): Buffer {
  const packet = Buffer.alloc(40);
  packet[0] = 0x80;
  packet[1] = 96;
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(sequence * 3000, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet[12] = 0x10;
  return packet;
}

/** A viewer's feed of a camera, and the numbers under which it was sent. */
function open() {
  const sent: number[] = [];
  const track = {
    isOpen: () => true,
    sendMessageBinary: (packet: Buffer) => packet[1] === 200 || sent.push(packet.readUInt16BE(2)) > 0,
  };
  const feed = new Feed({ kind: 'video', ssrc: 9, track, start: 1, resends: { left: 400 } });
  const source = new Source({ role: 'high', ssrc: 5, payloadType: 96, track: silent });
  feed.opened(0);
  feed.aim(source, 0);
  return { feed, source, sent, track };
}

const block = { ssrc: 9, lost: 0, highest: 0, jitter: 0, lastReport: 0, sinceReport: 0 };

describe('the packets that a viewer has lost', () => {
  it('are those that came from their sender, and not those that did not', () => {
    const { feed, source, sent } = open();
    // Every fourth one never reaches us.
    const came = Array.from({ length: 100 }, (_, i) => 100 + i).filter((number) => number % 4 !== 3);
    for (const number of came) source.receive(packetOf(5, number), number);
    const first = sent[0] ?? 0;
    expect(sent).toEqual(came.map((number) => number - 100 + first));
    for (let number = 100; number < 200; number += 1) if (number % 4 === 3) feed.missed(number - 100 + first, 300);
    expect(feed.second(1000)).toEqual({ sent: 75, lost: 0 });
    // Two that came: they are sent again.
    for (const number of [100, 101]) feed.missed(number - 100 + first, 1100);
    expect(feed.second(2000)).toEqual({ sent: 2, lost: 2 });
  });

  it('are fewer than it reports by what its sender has lost', () => {
    const { feed, source } = open();
    const one = (number: number) => source.receive(packetOf(5, number), number);
    for (let number = 0; number < 200; number += 2) one(number);
    source.second(1000);
    feed.reported({ ...block, fractionLost: 128 });
    expect(feed.second(1000)).toEqual({ sent: 100, lost: 0 });
    // The report on what was lost may come a second later; what goes beyond it is the viewer's.
    for (let number = 200; number < 300; number += 1) one(number);
    source.second(2000);
    feed.reported({ ...block, fractionLost: 128 });
    expect(feed.second(2000)).toEqual({ sent: 100, lost: 25 });
    for (let i = 0; i < 10; i += 1) source.second(3000 + i * 1000);
    for (let number = 300; number < 400; number += 1) one(number);
    feed.reported({ ...block, fractionLost: 64 });
    expect(feed.second(12_000)).toEqual({ sent: 100, lost: 25 });
  });
});

describe('a packet that the connection of a viewer does not take', () => {
  it.each([true, false])('keeps those that follow back only where it is not open any more: open %s', (isOpen) => {
    const { source, sent, track } = open();
    source.receive(packetOf(5, 1), 1);
    const { sendMessageBinary } = track;
    track.sendMessageBinary = () => {
      throw new Error('Not taken.');
    };
    track.isOpen = () => isOpen;
    source.receive(packetOf(5, 2), 2);
    track.sendMessageBinary = sendMessageBinary;
    source.receive(packetOf(5, 3), 3);
    expect(sent).toHaveLength(isOpen ? 2 : 1);
  });
});

const pwd = 'p'.repeat(22);
const fingerprint = `${'AA:'.repeat(31)}AA`;
const described = `v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:${pwd}\r\na=fingerprint:sha-256 ${fingerprint}\r\na=setup:actpass\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n`;

/** A native module whose connections come about at once; its tracks that receive, and those that send to viewers. */
function fakeNative() {
  const made = { ups: [] as Track[], downs: [] as Track[] };
  class Track {
    readonly sent: Buffer[] = [];
    take: (packet: Buffer) => void = () => {};
    isOpen = () => true;
    sendMessageBinary = (packet: Buffer) => this.sent.push(Buffer.from(packet)) > 0;
    onOpen() {}
    onClosed() {}
    onMessage(take: (packet: Buffer) => void) {
      this.take = take;
    }
    close() {}
  }
  class PeerConnection {
    #type = '';
    #state = 'stable';
    #track = (_: Track) => {};
    #local = () => {};
    onStateChange() {}
    onGatheringStateChange() {}
    onLocalDescription(local: () => void) {
      this.#local = local;
    }
    onTrack(track: (one: Track) => void) {
      this.#track = track;
    }
    addTrack() {
      const track = new Track();
      made.downs.push(track);
      return track;
    }
    setRemoteDescription(_: string, type: string) {
      this.#state = type === 'offer' ? 'have-remote-offer' : 'stable';
      if (type !== 'offer') return;
      const track = new Track();
      made.ups.push(track);
      this.#track(track);
    }
    setLocalDescription(type: string) {
      this.#type = type;
      this.#state = type === 'offer' ? 'have-local-offer' : 'stable';
      this.#local();
    }
    signalingState = () => this.#state;
    gatheringState = () => 'complete';
    localDescription = () => ({ type: this.#type, sdp: described });
    close() {}
  }
  class Video {
    addVP8Codec() {}
  }
  return { made, native: { PeerConnection, Video } as never };
}

const transport = { ufrag: 'abcd', pwd, fingerprint, setup: 'active' } as const;
const mids = (lines: number) => Array.from({ length: lines }, (_, mid) => `${mid}`);

/** Members of one room on such a module. */
function openMembers(names: readonly string[]) {
  const { native, made } = fakeNative();
  const kit = { native, config: { address: '', port: 1, announce: '', maxMembers: 9, maxBitrate: 1 } };
  const members = names.map((name) => {
    return new Member({ userId: userId(name), kit, events: { tell() {}, media() {}, trouble() {} } });
  });
  return { made, members };
}

it('what a viewer asks for again is limited over all that it sees, and so is what is read of it', async () => {
  const { made, members } = openMembers(['viewer', ...'abcdefgh']);
  const [viewer, ...others] = members as [Member, ...Member[]];
  for (const [i, other] of others.entries()) {
    other.offer({ transport, lines: [{ role: 'high', mid: '0', payloadType: 96, ssrc: 10 + i }] });
    viewer.show(other.userId, other.kinds);
  }
  for (const [n, lines] of [
    [1, 2],
    [2, 16],
  ] as const)
    viewer.answer(n, { transport, mids: mids(lines) });
  viewer.aim(others, performance.now());
  const [down] = made.downs;
  for (let number = 0; number < 200; number += 1) {
    for (const [i, up] of made.ups.entries()) up.take(packetOf(10 + i, number));
  }
  const sent = new Map<number, number[]>();
  for (const packet of down?.sent ?? []) {
    const numbers = sent.get(packet.readUInt32BE(8)) ?? [];
    sent.set(packet.readUInt32BE(8), [...numbers, packet.readUInt16BE(2)]);
  }
  expect([...sent.values()].map(({ length }) => length)).toEqual(Array(8).fill(200));
  /** Asks for all of everybody again; gives how many came. */
  const askAll = () => {
    const before = down?.sent.length ?? 0;
    for (const [ssrc, numbers] of sent) down?.take(nack(1, ssrc, numbers));
    return (down?.sent.length ?? 0) - before;
  };
  expect(askAll()).toBe(1000);
  viewer.second(performance.now(), others);
  // Asks for what was never sent, until nothing it says is read any more in this second.
  const never = nack(
    1,
    [...sent.keys()][0] ?? 0,
    [...Array(500).keys()].map((number) => 30_000 + number),
  );
  for (let i = 0; i < 40; i += 1) down?.take(never);
  expect(askAll()).toBe(0);
  // What is asked for again within 15 ms is taken for the same request.
  await new Promise((resolve) => setTimeout(resolve, 25));
  viewer.second(performance.now(), others);
  expect(askAll()).toBe(1000);
});

it('a camera that is off takes nothing of what a viewer can have in the high layer', () => {
  const { made, members } = openMembers(['viewer', 'off', 'away', 'first', 'second']);
  const [viewer, ...others] = members as [Member, ...Member[]];
  for (const [i, other] of others.entries()) {
    const line = (role: 'high' | 'low', n: number) => {
      return { role, mid: `${n}`, payloadType: 96, ssrc: 10 * i + n } as const;
    };
    other.offer({ transport, lines: [line('high', 1), line('low', 2)] });
    viewer.show(other.userId, other.kinds);
  }
  // The first offer has the lines of one, the next one those of all.
  for (const [n, lines] of [
    [1, 2],
    [2, 8],
  ] as const) {
    viewer.answer(n, { transport, mids: mids(lines) });
  }
  const [down] = made.downs;
  let number = 0;
  /** The two who are filmed send; gives what the viewer got, by feed: the layer in the last byte, and the numbers. */
  const play = () => {
    viewer.aim(others, performance.now());
    const before = down?.sent.length ?? 0;
    for (const until = number + 30; number < until; number += 1) {
      for (const i of [2, 3]) {
        for (const layer of [1, 2]) {
          const packet = packetOf(10 * i + layer, number);
          packet[packet.length - 1] = layer;
          made.ups[i]?.take(packet);
        }
      }
    }
    const got = new Map<number, { layers: Set<number>; numbers: number[] }>();
    for (const packet of down?.sent.slice(before) ?? []) {
      const feed = got.get(packet.readUInt32BE(8)) ?? { layers: new Set(), numbers: [] };
      got.set(packet.readUInt32BE(8), feed);
      feed.layers.add(packet[packet.length - 1] ?? 0);
      feed.numbers.push(packet.readUInt16BE(2));
    }
    return got;
  };
  for (let second = 0; second < 2; second += 1) {
    const got = play();
    expect([...got.values()].map(({ layers }) => [...layers])).toEqual([[1], [1]]);
    for (const [ssrc, { numbers }] of got) down?.take(nack(1, ssrc, numbers.slice(10, 20)));
    viewer.second(performance.now(), others);
  }
  // One of two is left in the high layer; the other one goes over with the first keyframe.
  play();
  expect([...play().values()].map(({ layers }) => [...layers])).toEqual([[1], [2]]);
});
