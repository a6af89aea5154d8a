import { feed, type Link, type LinkHost, limit, preferVp8, type Received } from './link.ts';
import type { Feed, Layer, RoomSetup, ServiceMessage } from './messages.ts';
import { withStartBitrate } from './start-bitrate.ts';
import { lowLayer } from './video-quality.ts';

/** ms. */
const patience = { connect: 12_000, disconnected: 5000 };

type Side = 'up' | 'down';
type CandidateMessage = ServiceMessage & { readonly type: 'candidate' };

/** By mid, the stream that a description names for each section: another one where it shows somebody anew. */
function streamsOf(sdp: string): ReadonlyMap<string, string> {
  const sections = sdp.split(/^m=/m).slice(1);
  return new Map(
    sections.map((one) => [one.match(/^a=mid:(.*)$/m)?.[1] ?? '', one.match(/^a=msid:(.*)$/m)?.[1] ?? '']),
  );
}

/** A media room: one connection publishes, another one receives all the others. */
export class RoomLink implements Link {
  readonly mode = 'room';
  readonly epoch: number;
  readonly #host: LinkHost;
  readonly #up: RTCPeerConnection;
  readonly #audio: RTCRtpSender;
  readonly #video: RTCRtpSender;
  readonly #low: RTCRtpSender | undefined;
  readonly #configuration: RTCConfiguration;
  #down: RTCPeerConnection | undefined;
  #feeds: readonly Feed[] = [];
  #streams: ReadonlyMap<string, string> = new Map();
  /** By mid, what was told to the call. */
  readonly #told = new Map<string, Received>();
  readonly #queues: Record<Side, Promise<void>> = { up: Promise.resolve(), down: Promise.resolve() };
  /** Candidates that came before the description that they belong to. */
  readonly #early: Record<Side, CandidateMessage[]> = { up: [], down: [] };
  readonly #wanted = new Map<string, Layer>();
  #closed = false;
  #isUp = false;
  #stopTimer = () => {};

  constructor(host: LinkHost, setup: RoomSetup) {
    this.#host = host;
    this.epoch = setup.epoch;
    this.#configuration = {
      iceServers: setup.iceServers.map((one) => ({ ...one })),
      iceTransportPolicy: host.iceTransportPolicy,
      bundlePolicy: 'max-bundle',
    };
    const up = this.#connect('up');
    this.#up = up;
    const { bitrate } = host.local.quality;
    const send = (kind: 'audio' | 'video', sendEncodings?: RTCRtpEncodingParameters[]) => {
      const transceiver = up.addTransceiver(kind, {
        direction: 'sendonly',
        ...(sendEncodings === undefined ? {} : { sendEncodings }),
      });
      if (kind === 'video') preferVp8(transceiver);
      return transceiver.sender;
    };
    // All sections are there from the start, so that a camera that is turned on later needs no offer.
    this.#audio = send('audio');
    if (setup.layers === 'lines') {
      this.#video = send('video', [{ maxBitrate: bitrate }]);
      this.#low = send('video', [{ maxBitrate: lowLayer.bitrate, scaleResolutionDownBy: lowLayer.scale }]);
    } else {
      this.#video = send('video', [
        { rid: 'h', maxBitrate: bitrate },
        { rid: 'l', maxBitrate: lowLayer.bitrate, scaleResolutionDownBy: lowLayer.scale },
      ]);
    }
    this.update();
    this.#queue('up', async () => {
      await up.setLocalDescription(await up.createOffer());
      if (up.localDescription !== null) {
        host.toService({ type: 'offer', epoch: this.epoch, sdp: up.localDescription.sdp });
      }
    });
    // Where the device or the line is slow, beginning anew as soon would only make it slower.
    this.#giveUpAfter(patience.connect * host.patience);
  }

  get isConnected(): boolean {
    return this.#up.connectionState === 'connected' && (this.#down?.connectionState ?? 'connected') === 'connected';
  }

  get connections(): readonly RTCPeerConnection[] {
    return this.#down === undefined ? [this.#up] : [this.#up, this.#down];
  }

  get receiving(): readonly Received[] {
    return [...this.#told.values()];
  }

  update(): void {
    if (this.#closed) return;
    const { local } = this.#host;
    feed(local, { audio: this.#audio, video: this.#video, low: this.#low });
    limit(this.#video, local.quality.bitrate);
  }

  fromPeer(): void {}

  fromService(message: ServiceMessage): void {
    if (message.type === 'answer') {
      this.#queue('up', async () => {
        // Said again since it may have been lost.
        if (this.#up.signalingState === 'stable') return;
        await this.#up.setRemoteDescription({ type: 'answer', sdp: withStartBitrate(message.sdp) });
        this.#takeEarly('up');
      });
    } else if (message.type === 'offer') this.#queue('down', () => this.#receive(message));
    else if (message.type === 'candidate') this.#queue(message.pc, () => this.#candidate(message));
  }

  want(userId: string, layer: Layer): void {
    if (this.#closed || (this.#wanted.get(userId) ?? 'high') === layer) return;
    this.#wanted.set(userId, layer);
    this.#wish(userId, layer);
  }

  forget(userId: string): void {
    this.#wanted.delete(userId);
  }

  #wish(userId: string, layer: Layer): void {
    this.#host.toService({ type: 'want', epoch: this.epoch, userId, layer });
  }

  refresh(): void {
    const states = this.connections.map((one) => one.connectionState);
    if (states.includes('failed')) this.#break('The connection to the media service failed.');
    // What was wished while the line was lost has not arrived.
    else for (const [userId, layer] of this.#wanted) this.#wish(userId, layer);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer();
    for (const pc of this.connections) {
      pc.onicecandidate = null;
      pc.onconnectionstatechange = null;
      pc.ontrack = null;
      pc.close();
    }
  }

  #connect(side: Side): RTCPeerConnection {
    const pc = new RTCPeerConnection(this.#configuration);
    pc.onicecandidate = ({ candidate }) => {
      if (this.#closed) return;
      this.#host.toService({
        type: 'candidate',
        epoch: this.epoch,
        pc: side,
        candidate: candidate?.candidate ?? '',
        mid: candidate?.sdpMid ?? '',
      });
    };
    pc.onconnectionstatechange = () => this.#lookAtLines();
    return pc;
  }

  async #receive({ n, sdp, feeds }: ServiceMessage & { readonly type: 'offer' }): Promise<void> {
    if (this.#down === undefined) {
      this.#down = this.#connect('down');
      this.#giveUpAfter(patience.connect * this.#host.patience);
    }
    const pc = this.#down;
    this.#feeds = feeds;
    await pc.setRemoteDescription({ type: 'offer', sdp });
    this.#takeEarly('down');
    const before = this.#streams;
    this.#streams = streamsOf(sdp);
    this.#share(before);
    await pc.setLocalDescription(await pc.createAnswer());
    if (pc.localDescription !== null && !this.#closed) {
      this.#host.toService({ type: 'answer', epoch: this.epoch, n, sdp: pc.localDescription.sdp });
    }
  }

  /** Tells whose each section is now; sections are used again for others. `before`: the streams of the offer before. */
  #share(before: ReadonlyMap<string, string>): void {
    const transceivers = new Map(this.#down?.getTransceivers().map((one) => [one.mid, one]));
    const now = new Map<string, Received>();
    for (const { mid, userId, kind } of this.#feeds) {
      const track = transceivers.get(mid)?.receiver.track;
      if (track !== undefined && track.kind === kind) now.set(mid, { userId, kind, track });
    }
    for (const [mid, old] of [...this.#told]) {
      const next = now.get(mid);
      // Who has left and is back before the next offer may have the section of before: another stream is another stay.
      const goesOn = next?.userId === old.userId && next.kind === old.kind;
      if (goesOn && this.#streams.get(mid) === before.get(mid)) continue;
      this.#told.delete(mid);
      this.#host.received(this, old.userId, old.kind, undefined);
    }
    for (const [mid, one] of now) {
      if (this.#told.has(mid)) continue;
      // The service passes over wishes for those who are not there yet, and who leaves takes them along.
      const layer = this.#wanted.get(one.userId) ?? 'high';
      if (one.kind === 'video' && layer !== 'high') this.#wish(one.userId, layer);
      this.#told.set(mid, one);
      this.#host.received(this, one.userId, one.kind, one.track);
    }
  }

  async #candidate(message: CandidateMessage): Promise<void> {
    const pc = message.pc === 'up' ? this.#up : this.#down;
    if (pc === undefined || pc.remoteDescription === null) {
      if (this.#early[message.pc].length < 100) this.#early[message.pc].push(message);
      return;
    }
    const { candidate, mid } = message;
    const place = mid === '' ? { sdpMLineIndex: 0 } : { sdpMid: mid };
    // One way less to reach the service: the others decide.
    await pc.addIceCandidate(candidate === '' ? undefined : { candidate, ...place }).catch(() => {});
  }

  #takeEarly(side: Side): void {
    for (const message of this.#early[side].splice(0)) this.#queue(side, () => this.#candidate(message));
  }

  #lookAtLines(): void {
    if (this.#closed) return;
    const states = this.connections.map((one) => one.connectionState);
    if (states.includes('failed')) {
      // One that recovers by itself is to be told of.
      this.#isUp = false;
      this.#break('The connection to the media service failed.');
    } else if (states.includes('disconnected')) this.#giveUpAfter(patience.disconnected);
    else if (this.isConnected) {
      this.#stopTimer();
      limit(this.#video, this.#host.local.quality.bitrate);
      if (!this.#isUp) this.#host.connected(this);
      this.#isUp = true;
    }
  }

  #giveUpAfter(ms: number): void {
    this.#stopTimer();
    this.#stopTimer = this.#host.after(ms, () => {
      if (!this.isConnected) this.#break(`The media service was not reached within ${ms} ms.`);
    });
  }

  #break(text: string): void {
    if (!this.#closed) this.#host.broken(this, text);
  }

  #queue(side: Side, run: () => Promise<void>): void {
    this.#queues[side] = this.#queues[side]
      .then(() => (this.#closed ? undefined : run()))
      .catch((error: unknown) => {
        // A description that the browser does not take cannot be repaired here.
        if (!this.#closed) this.#break(String(error));
      });
  }
}
