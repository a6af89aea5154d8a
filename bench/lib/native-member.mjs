/**
 * A member of a room without a browser: publishes made-up audio and video, counts what arrives. It encodes and decodes
 * nothing, so that one core can load a media server. Speaks the messages of the media contract.
 */
import ndc from 'node-datachannel';

const rtpHeader = 12;
let lastSsrc = 1000;

/** One stream of packets that look like Opus or VP8. */
class Stream {
  constructor({ payloadType, clockStep, payload, video }) {
    lastSsrc += 1;
    this.ssrc = lastSsrc;
    /** @type {import('node-datachannel').Track | undefined} */
    this.track = undefined;
    this.video = video;
    this.clockStep = clockStep;
    this.packet = Buffer.alloc(rtpHeader + payload, 7);
    this.packet[0] = 0x80;
    this.packet[1] = payloadType | 0x80;
    this.packet.writeUInt32BE(this.ssrc, 8);
    this.sequence = 1;
    this.time = 0;
    this.keyframe = true;
    this.sent = 0;
  }

  next() {
    const { packet } = this;
    packet.writeUInt16BE(this.sequence & 0xffff, 2);
    packet.writeUInt32BE(this.time >>> 0, 4);
    if (this.video) {
      // A whole frame in one packet, with a picture id of 15 bits.
      packet[12] = 0x90;
      packet[13] = 0x80;
      packet.writeUInt16BE(0x8000 | (this.sequence & 0x7fff), 14);
      packet[16] = this.keyframe || this.sequence % 500 === 0 ? 0 : 1;
      this.keyframe = false;
    }
    this.sequence += 1;
    this.time += this.clockStep;
    this.sent += 1;
    return packet;
  }
}

/** One member; `send` takes what it says to the media server. */
export class NativeMember {
  constructor({ send, count = true, config = {} }) {
    this.send = send;
    this.count = count;
    this.config = { iceServers: [], bindAddress: '127.0.0.1', disableAutoNegotiation: true, ...config };
    this.received = 0;
    /** Tracks by their mid, kept: one that is collected closes. */
    this.tracks = new Map();
    this.feeds = [];
    this.waiting = [];
    this.onPacket = undefined;
  }

  /** Offers audio and video to the server. */
  publish({ audioBytes = 80, videoBytes = 1150 } = {}) {
    this.audio = new Stream({ payloadType: 111, clockStep: 960, payload: audioBytes, video: false });
    this.video = new Stream({ payloadType: 96, clockStep: 1800, payload: videoBytes, video: true });
    const up = new ndc.PeerConnection('up', this.config);
    this.up = up;
    this.#describe(up, 'up', 'offer');
    const [audio, video] = [new ndc.Audio('0', 'SendOnly'), new ndc.Video('1', 'SendOnly')];
    audio.addOpusCodec(111);
    audio.addSSRC(this.audio.ssrc, 'c', 's', 'a');
    video.addVP8Codec(96);
    video.addSSRC(this.video.ssrc, 'c', 's', 'v');
    this.audio.track = up.addTrack(audio);
    this.video.track = up.addTrack(video);
    this.audio.track.onMessage(() => {});
    this.video.track.onMessage((packet) => {
      // Any feedback about the payload asks for a keyframe here, but REMB.
      if (packet[1] === 206 && (packet[0] & 31) !== 15) this.video.keyframe = true;
    });
    up.setLocalDescription('offer');
  }

  #describe(pc, name, kind) {
    pc.onLocalDescription((sdp, type) => {
      if (type !== kind) return;
      if (kind === 'offer') this.send({ type: 'offer', sdp });
      else this.send({ type: 'answer', n: this.n, sdp });
    });
    pc.onLocalCandidate((candidate, mid) => this.send({ type: 'candidate', pc: name, candidate, mid }));
  }

  /** Takes what the server says. */
  take(message) {
    if (message.type === 'answer') {
      // The second answer to one offer is of no use.
      if (this.up?.signalingState() !== 'have-local-offer') return;
      this.up.setRemoteDescription(message.sdp, 'answer');
      this.answered = true;
      this.#add('up', this.up);
    } else if (message.type === 'candidate') {
      this.waiting.push(message);
      if (this.answered) this.#add('up', this.up);
      if (this.down !== undefined) this.#add('down', this.down);
    } else if (message.type === 'offer') {
      this.n = message.n;
      this.feeds = message.feeds ?? [];
      this.#receive(message.sdp);
    }
  }

  /** Candidates that came before the description they belong to. */
  #add(name, pc) {
    for (const { candidate, mid } of this.waiting.filter((one) => one.pc === name))
      pc.addRemoteCandidate(candidate, mid);
    this.waiting = this.waiting.filter((one) => one.pc !== name);
  }

  #receive(sdp) {
    if (this.down === undefined) {
      this.down = new ndc.PeerConnection('down', this.config);
      this.#describe(this.down, 'down', 'answer');
      this.down.onTrack((track) => {
        this.tracks.set(track.mid(), track);
        track.onClosed(() => {});
        if (!this.count) return;
        track.onMessage((packet) => {
          if (packet[1] >= 192 && packet[1] <= 223) return;
          this.received += 1;
          this.onPacket?.(track.mid(), packet);
        });
      });
    }
    this.down.setRemoteDescription(sdp, 'offer');
    this.down.setLocalDescription('answer');
    this.#add('down', this.down);
  }

  /** True when it can send. */
  get open() {
    return this.audio?.track.isOpen() === true && this.video.track.isOpen();
  }

  /** Receiving tracks that are open. */
  get openTracks() {
    let open = 0;
    for (const track of this.tracks.values()) if (track.isOpen()) open += 1;
    return open;
  }

  /** Sends one packet of sound and `frames` of video. */
  play(frames = 1) {
    if (!this.open) return;
    this.audio.track.sendMessageBinary(this.audio.next());
    for (let i = 0; i < frames; i += 1) this.video.track.sendMessageBinary(this.video.next());
  }

  close() {
    for (const pc of [this.up, this.down]) pc?.close();
  }
}
