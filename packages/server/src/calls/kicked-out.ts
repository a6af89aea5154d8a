import { closeCodes, type KickReason } from 'ringback-protocol';

/** The last notice of a device that is signed out against its will. */
export const kickedOutFrame = (reason: KickReason): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'kickedOut', params: { reason } });

/** What a device is told when whoever cuts it off had nothing to say; undefined when it is no kick. */
export function defaultKickedOutFrame(closeCode: number): string | undefined {
  if (closeCode === closeCodes.newerSignIn.code) return kickedOutFrame('newerSignIn');
  return closeCode === closeCodes.kicked.code ? kickedOutFrame('kicked') : undefined;
}
