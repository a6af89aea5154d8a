// Runs in a page before anything else: what the browser itself says of all connections of the page.
(() => {
  const pcs = [];
  const Plain = RTCPeerConnection;
  // Set by a test: where the packets to a port of the other side are to go instead.
  const detour = async (text) => {
    if (typeof globalThis.detourOf !== 'function') return text;
    const found = /(127\.0\.0\.1) (\d+) typ/.exec(text);
    return found === null
      ? text
      : text.replace(`${found[1]} ${found[2]} typ`, `${found[1]} ${await globalThis.detourOf(Number(found[2]))} typ`);
  };
  const bare = (description) =>
    description === null || typeof globalThis.detourOf !== 'function'
      ? description
      : { type: description.type, sdp: description.sdp.replace(/^a=candidate:.*\r\n/gm, '') };
  // Set by a page of many: sound of 60 ms in each packet instead of 20, since packets are what many members cost most.
  const rarely = (sdp) =>
    globalThis.fewPackets ? sdp.replace(/^a=rtpmap:\d+ opus\/.*\r\n/gm, '$&a=ptime:60\r\n') : sdp;

  globalThis.RTCPeerConnection = class extends Plain {
    constructor(...all) {
      super(...all);
      pcs.push(this);
    }
    get localDescription() {
      return bare(super.localDescription);
    }
    async setRemoteDescription(description) {
      const lines = await Promise.all(
        description.sdp.split('\r\n').map((line) => (line.startsWith('a=candidate:') ? detour(line) : line)),
      );
      await super.setRemoteDescription({ type: description.type, sdp: rarely(lines.join('\r\n')) });
    }
    async addIceCandidate(candidate) {
      const text = candidate?.candidate ?? '';
      // Loses no candidate of which the detour is still asked for.
      await super.addIceCandidate(text === '' ? candidate : { ...candidate, candidate: await detour(text) });
    }
  };

  /** By track: energy of its sound, or decoded frames and their size; and the kinds and addresses of the paths in use. */
  globalThis.probe = async () => {
    const tracks = {};
    let encoded = 0;
    const paths = new Set();
    for (const pc of pcs) {
      if (pc.connectionState === 'closed') continue;
      const reports = await pc.getStats();
      for (const report of reports.values()) {
        if (report.type === 'inbound-rtp') {
          const { trackIdentifier, totalAudioEnergy = 0, framesDecoded = 0, frameWidth = 0, frameHeight = 0 } = report;
          tracks[trackIdentifier] = {
            energy: totalAudioEnergy,
            frames: framesDecoded,
            width: frameWidth,
            height: frameHeight,
          };
        }
        if (report.type === 'outbound-rtp' && report.kind === 'video')
          encoded = Math.max(encoded, report.framesEncoded ?? 0);
        if (report.type === 'transport' && report.selectedCandidatePairId) {
          const { localCandidateId, remoteCandidateId } = reports.get(report.selectedCandidatePairId) ?? {};
          for (const id of [localCandidateId, remoteCandidateId]) {
            const { candidateType, address } = reports.get(id) ?? {};
            paths.add(`${candidateType} ${address}`);
          }
        }
      }
    }
    const open = pcs.filter((pc) => pc.connectionState === 'connected').length;
    return { tracks, encoded, paths: [...paths], open, made: pcs.length };
  };

  /** What costs next to nothing to look at: connections that run, and whose pictures have been shown. */
  globalThis.glance = () => ({
    open: pcs.filter((pc) => pc.connectionState === 'connected').length,
    shown: [...document.querySelectorAll('#others > div')]
      .filter((view) => view.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames > 5)
      .map(({ id }) => id.slice('view-'.length)),
  });

  /** Relays that were found, once all connections have looked for all that there are. */
  globalThis.relays = () =>
    pcs.length > 0 && pcs.every(({ iceGatheringState }) => iceGatheringState === 'complete')
      ? pcs.flatMap((pc) => pc.localDescription.sdp.match(/^a=candidate:.* typ relay .*$/gm) ?? [])
      : undefined;

  /** The microphone whose sound is sent now. */
  globalThis.sentMicrophone = () => {
    const senders = pcs
      .filter(({ connectionState }) => connectionState === 'connected')
      .flatMap((pc) => pc.getSenders());
    return senders.find(({ track }) => track?.kind === 'audio')?.track.getSettings().deviceId;
  };

  /** What the browser says of the picture in this element, and of the sound that is played for this user. */
  globalThis.probeMember = ({ tracks }, userId, view) => {
    const trackOf = (element) => tracks[element?.srcObject?.getTracks()[0]?.id ?? ''];
    const sound = trackOf(document.querySelector(`audio[data-ringback-audio="${userId}"]`));
    const { frames = 0, width = 0, height = 0 } = trackOf(view?.querySelector('video')) ?? {};
    const shown = view?.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
    return { shown, frames, width, height, energy: sound?.energy ?? 0 };
  };

  /** The longest time in ms for which the picture of an element has stood still, from now on. */
  globalThis.watchPicture = (view) => {
    let [last, longest, element] = [performance.now(), 0, undefined];
    const heard = () => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      element?.requestVideoFrameCallback(heard);
    };
    const follow = setInterval(() => {
      const now = view.querySelector('video') ?? undefined;
      if (now === element) return;
      element = now;
      element?.requestVideoFrameCallback(heard);
    }, 20);
    return () => {
      clearInterval(follow);
      return Math.max(longest, performance.now() - last);
    };
  };
})();
