import { feed, type Link, type LinkHost, limit, type Received } from './link.ts';
import type { P2pSetup, PeerMessage } from './messages.ts';
import { withStartBitrate } from './start-bitrate.ts';

/** ms. */
const patience = {
  /** From the setup to the first connection. */
  connect: 12_000,
  /** A line that does not answer may come back by itself. */
  disconnected: 2500,
  /** From an ICE restart to the connection. */
  restart: 8000,
  /** From an offer to its answer; either may be lost, so the offer is said again. */
  answer: 2500,
};

/** What a description has in common with itself when it is said again, with more candidates in it. */
const identity = (sdp: string): string => (sdp.match(/^(?:o=|a=ice-ufrag:).*$/gm) ?? [sdp]).join();

/** Two devices connected to each other: perfect negotiation through `signal`, ICE restart when the line breaks. */
export class P2pLink implements Link {
  readonly mode = 'p2p';
  readonly epoch: number;
  readonly #host: LinkHost;
  readonly #setup: P2pSetup;
  readonly #pc: RTCPeerConnection;
  readonly #received = new Map<'audio' | 'video', MediaStreamTrack>();
  #audio: RTCRtpSender | undefined;
  #video: RTCRtpSender | undefined;
  #makingOffer = false;
  #ignoring = false;
  /** The last offer and the last answer of the peer that were taken: either may be said twice. */
  readonly #taken = { offer: '', answer: '' };
  #closed = false;
  /** What the peer says is taken one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #stopTimer = () => {};
  #stopRepeat = () => {};

  constructor(host: LinkHost, setup: P2pSetup) {
    this.#host = host;
    this.#setup = setup;
    this.epoch = setup.epoch;
    const pc = new RTCPeerConnection({
      iceServers: setup.iceServers.map((one) => ({ ...one })),
      iceTransportPolicy: host.iceTransportPolicy,
      bundlePolicy: 'max-bundle',
    });
    this.#pc = pc;
    pc.onicecandidate = ({ candidate }) => {
      this.#say({ type: 'candidate', candidate: candidate?.candidate ?? null, mid: candidate?.sdpMid ?? null });
    };
    pc.onnegotiationneeded = () => void this.#offer();
    pc.ontrack = ({ track }) => {
      const kind = track.kind === 'video' ? 'video' : 'audio';
      this.#received.set(kind, track);
      host.received(this, setup.peer, kind, track);
    };
    pc.oniceconnectionstatechange = () => this.#lookAtLine();
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'connected') this.#up();
      else if (pc.connectionState === 'failed') this.#lookAtLine();
    };
    // One side makes the sections, the other finds them in the offer; two that both made them would have each twice.
    if (!setup.polite) {
      this.#audio = pc.addTransceiver('audio', { direction: 'sendrecv' }).sender;
      this.#video = pc.addTransceiver('video', {
        direction: 'sendrecv',
        sendEncodings: [{ maxBitrate: host.local.quality.bitrate }],
      }).sender;
      this.update();
    }
    this.#giveUpAfter(patience.connect);
  }

  get isConnected(): boolean {
    return this.#pc.connectionState === 'connected';
  }

  get connections(): readonly RTCPeerConnection[] {
    return [this.#pc];
  }

  get receiving(): readonly Received[] {
    return [...this.#received].map(([kind, track]) => ({ userId: this.#setup.peer, kind, track }));
  }

  update(): void {
    if (this.#closed) return;
    const { local } = this.#host;
    feed(local, { audio: this.#audio, video: this.#video });
    limit(this.#video, local.quality.bitrate);
  }

  fromService(): void {}

  fromPeer(from: string, message: PeerMessage): void {
    if (from !== this.#setup.peer) return;
    this.#queue = this.#queue.then(() => this.#take(message)).catch(() => {});
  }

  want(): void {}

  forget(): void {}

  refresh(): void {
    const state = this.#pc.iceConnectionState;
    if (this.#pc.signalingState === 'have-local-offer') this.#describe();
    else if (state === 'disconnected' || state === 'failed') this.#restart();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer();
    this.#stopRepeat();
    const pc = this.#pc;
    pc.onicecandidate = null;
    pc.onnegotiationneeded = null;
    pc.ontrack = null;
    pc.oniceconnectionstatechange = null;
    pc.onconnectionstatechange = null;
    pc.close();
  }

  async #offer(): Promise<void> {
    if (this.#closed) return;
    try {
      this.#makingOffer = true;
      await this.#pc.setLocalDescription();
      this.#describe();
    } catch {
      // The state changed under it; the next need is told by another event.
    } finally {
      this.#makingOffer = false;
    }
  }

  #describe(): void {
    const description = this.#pc.localDescription;
    if (this.#closed || description === null || (description.type !== 'offer' && description.type !== 'answer')) return;
    this.#say({ type: 'description', description: { type: description.type, sdp: description.sdp } });
    this.#stopRepeat();
    if (description.type === 'answer') return;
    this.#stopRepeat = this.#host.after(patience.answer, () => {
      if (this.#pc.signalingState === 'have-local-offer') this.#describe();
    });
  }

  async #take(message: PeerMessage): Promise<void> {
    const pc = this.#pc;
    if (this.#closed) return;
    if (message.type === 'candidate') {
      if (this.#ignoring) return;
      const { candidate, mid } = message;
      await pc.addIceCandidate(candidate === null ? undefined : { candidate, sdpMid: mid });
      return;
    }
    const { description } = message;
    const said = identity(description.sdp);
    if (said === this.#taken[description.type]) {
      if (description.type === 'offer') await this.#answerAgain(description.sdp);
      return;
    }
    const collision = description.type === 'offer' && (this.#makingOffer || pc.signalingState !== 'stable');
    this.#ignoring = !this.#setup.polite && collision;
    if (this.#ignoring) return;
    await pc.setRemoteDescription({ type: description.type, sdp: withStartBitrate(description.sdp) });
    if (description.type === 'offer') {
      this.#findSections();
      await pc.setLocalDescription();
      this.#describe();
    }
    this.#taken[description.type] = said;
  }

  /** The peer has not heard the answer, perhaps: a new one could be taken for that to its next offer. */
  async #answerAgain(offer: string): Promise<void> {
    const pc = this.#pc;
    const answer = pc.currentLocalDescription;
    if (answer?.type !== 'answer') return;
    this.#say({ type: 'description', description: { type: 'answer', sdp: answer.sdp } });
    // The candidates that it has found meanwhile may have been lost as well.
    let section = -1;
    for (const line of offer.split(/\r?\n/)) {
      if (line.startsWith('m=')) section += 1;
      if (!line.startsWith('a=candidate:')) continue;
      await pc.addIceCandidate({ candidate: line.slice(2), sdpMLineIndex: section });
    }
  }

  /** The sections that the peer has made are used both ways. */
  #findSections(): void {
    if (this.#audio !== undefined) return;
    for (const transceiver of this.#pc.getTransceivers()) {
      const { kind } = transceiver.receiver.track;
      if (kind === 'audio' && this.#audio === undefined) this.#audio = transceiver.sender;
      else if (kind === 'video' && this.#video === undefined) this.#video = transceiver.sender;
      else continue;
      transceiver.direction = 'sendrecv';
    }
    this.update();
  }

  #up(): void {
    this.#stopTimer();
    limit(this.#video, this.#host.local.quality.bitrate);
    this.#host.connected(this);
  }

  #lookAtLine(): void {
    if (this.#closed) return;
    const { iceConnectionState: ice, connectionState } = this.#pc;
    if (ice === 'failed') this.#restart();
    else if (connectionState === 'failed') this.#host.broken(this, 'The secure connection to the other device failed.');
    else if (ice === 'disconnected') {
      this.#stopTimer();
      this.#stopTimer = this.#host.after(patience.disconnected, () => {
        if (this.#pc.iceConnectionState === 'disconnected') this.#restart();
      });
    } else if (this.isConnected) this.#stopTimer();
  }

  #restart(): void {
    if (this.#closed) return;
    this.#pc.restartIce();
    this.#giveUpAfter(patience.restart);
  }

  #giveUpAfter(ms: number): void {
    this.#stopTimer();
    this.#stopTimer = this.#host.after(ms, () => {
      if (!this.#closed && !this.isConnected) {
        this.#host.broken(
          this,
          `The other device was not reached within ${ms} ms (ICE ${this.#pc.iceConnectionState}).`,
        );
      }
    });
  }

  #say(message: DistributiveOmit<PeerMessage, 'epoch'>): void {
    if (!this.#closed) this.#host.toPeer(this.#setup.peer, { ...message, epoch: this.epoch } as PeerMessage);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
