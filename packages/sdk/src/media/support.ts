import { localError } from '../base/ringback-error.ts';

/** Whether this browser can carry calls at all. */
export const hasWebRtc = (): boolean => typeof RTCPeerConnection === 'function' && typeof document !== 'undefined';

/** Throws where devices cannot be had: an insecure page, or a browser without WebRTC. */
export function checkSupport(): void {
  if (typeof isSecureContext === 'boolean' && !isSecureContext) throw localError('insecure_page');
  if (!hasWebRtc() || typeof navigator.mediaDevices?.getUserMedia !== 'function') throw localError('no_webrtc');
}
