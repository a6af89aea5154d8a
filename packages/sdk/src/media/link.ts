import type { LocalMedia } from './local-media.ts';
import type { DeviceMessage, Layer, PeerMessage, ServiceMessage } from './messages.ts';

/** What a link needs of the call that it carries. */
export interface LinkHost {
  readonly local: LocalMedia;
  /** For tests of relays: `relay` uses nothing else. */
  readonly iceTransportPolicy: RTCIceTransportPolicy;
  after(ms: number, fire: () => void): () => void;
  /** How many times as long a link waits for its connection as the first one did, since others did not come about. */
  readonly patience: number;
  toService(message: DeviceMessage): void;
  toPeer(userId: string, message: PeerMessage): void;
  /** A member's sound or picture came, or is gone. */
  received(link: Link, userId: string, kind: 'audio' | 'video', track: MediaStreamTrack | undefined): void;
  /** The link carries media now. */
  connected(link: Link): void;
  /** The link is broken beyond what it can repair by itself. */
  broken(link: Link, text: string): void;
}

/** One receiving track, and whose it is. */
export interface Received {
  readonly userId: string;
  readonly kind: 'audio' | 'video';
  readonly track: MediaStreamTrack;
}

/** One way in which the media of a call goes, for one epoch. */
export interface Link {
  readonly epoch: number;
  readonly mode: 'p2p' | 'room';
  readonly isConnected: boolean;
  /** What the own devices give has changed. */
  update(): void;
  /** From the media service, of this epoch. */
  fromService(message: ServiceMessage): void;
  /** From the other device, of this epoch. */
  fromPeer(from: string, message: PeerMessage): void;
  /** Which picture of a member is shown. */
  want(userId: string, layer: Layer): void;
  /** A member has left the call; what was shown of it says nothing of when it comes again. */
  forget(userId: string): void;
  /** The network is another one, or the server is back. */
  refresh(): void;
  /** For statistics. */
  readonly connections: readonly RTCPeerConnection[];
  readonly receiving: readonly Received[];
  close(): void;
}

/** Sends what the devices give on these senders; failures of one that is closing do not matter. */
export function feed(
  local: LocalMedia,
  senders: {
    readonly audio?: RTCRtpSender | undefined;
    readonly video?: RTCRtpSender | undefined;
    readonly low?: RTCRtpSender | undefined;
  },
): void {
  const put = (sender: RTCRtpSender | undefined, track: MediaStreamTrack | undefined) => {
    if (sender !== undefined && sender.track !== (track ?? null)) sender.replaceTrack(track ?? null).catch(() => {});
  };
  put(senders.audio, local.track('microphone'));
  const camera = local.isOn('camera') ? local.track('camera') : undefined;
  put(senders.video, camera);
  put(senders.low, camera);
}

/** Limits what a sender sends of the camera to the chosen quality. */
export function limit(sender: RTCRtpSender | undefined, bitrate: number): void {
  if (sender === undefined) return;
  const parameters = sender.getParameters();
  const [first] = parameters.encodings;
  if (first === undefined || first.maxBitrate === bitrate) return;
  first.maxBitrate = bitrate;
  sender.setParameters(parameters).catch(() => {});
}

/** Offers VP8 alone: the one codec that every browser and the SFU have. */
export function preferVp8(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpSender.getCapabilities?.('video')?.codecs ?? [];
  const wanted = codecs.filter(({ mimeType }) => /^video\/(VP8|rtx|red|ulpfec)$/i.test(mimeType));
  if (wanted.some(({ mimeType }) => /VP8/i.test(mimeType))) transceiver.setCodecPreferences?.(wanted);
}
