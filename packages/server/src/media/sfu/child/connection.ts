import type { PeerConnection, RtcConfig } from 'node-datachannel';
import { shownCandidates } from '../candidate.ts';
import type { ForwarderConfig } from '../messages.ts';
import { readSdp, readTransport, type SdpTransport } from '../sdp-read.ts';
import type { Native } from './native.ts';

/** What all connections of the process are made with. */
export interface ConnectionKit {
  readonly native: Native;
  readonly config: ForwarderConfig;
}

/** What the native side says of itself: how to reach it, and its candidates. */
export interface LocalFacts {
  readonly transport: SdpTransport;
  readonly candidates: readonly string[];
}

/**
 * Opens a connection on the one UDP port of the process. It gets one m-line, whatever the device is told: with more, the
 * native side looks itself for the streams that RTCP speaks of, and a broken packet keeps its thread busy for ever.
 */
export function openConnection(kit: ConnectionKit, name: string): PeerConnection {
  const { address, port } = kit.config;
  const config: RtcConfig = {
    iceServers: [],
    enableIceUdpMux: true,
    portRangeBegin: port,
    portRangeEnd: port,
    // Nothing is negotiated behind our back.
    disableAutoNegotiation: true,
    ...(address === '' ? {} : { bindAddress: address }),
  };
  return new kit.native.PeerConnection(name, config);
}

/** The one m-line of each connection, as the native side knows it. All packets of the connection go through it. */
export const nativeLine = { kind: 'video', mid: '0', payloadType: 96 } as const;

/** Reads what the native side wrote of itself. */
export function localFacts(kit: ConnectionKit, text: string): LocalFacts {
  const sdp = readSdp(text);
  const gathered = sdp.sections.flatMap((section) => section.attributes.get('candidate') ?? []);
  return { transport: readTransport(sdp), candidates: shownCandidates(gathered, kit.config.announce) };
}

/**
 * Calls `then` with the local description of a kind once it is made and all candidates are in it: the one port is bound
 * already, so this is a matter of microseconds.
 */
export function onDescribed(
  kit: ConnectionKit,
  pc: PeerConnection,
  kind: 'offer' | 'answer',
  then: (facts: LocalFacts) => void,
): void {
  let described = false;
  const look = () => {
    if (!described || pc.gatheringState() !== 'complete') return;
    const local = pc.localDescription();
    if (local === null || local.type !== kind) return;
    described = false;
    then(localFacts(kit, local.sdp));
  };
  pc.onLocalDescription(() => {
    described = true;
    look();
  });
  pc.onGatheringStateChange(look);
}
