import { closeCodes } from 'ringback-protocol';
import { WebSocket } from 'ws';

/** The library's words for what the other side did wrong, in ours. */
const translated: Readonly<Record<number, number>> = {
  1002: closeCodes.badFrame.code,
  1003: closeCodes.badFrame.code,
  1007: closeCodes.badFrame.code,
  1008: closeCodes.limits.code,
  1009: closeCodes.limits.code,
};

/** A WebSocket that closes with the codes of our table, also where the library closes by itself. */
export class SignallingSocket extends WebSocket {
  /** What the socket was closed with from this side. */
  closeCode: number | undefined;

  override close(code?: number, reason?: string | Buffer): void {
    this.closeCode = code === undefined ? code : (translated[code] ?? code);
    super.close(this.closeCode, reason);
  }
}

/**
 * Sets how large a frame may be from now on.
 *
 * The library fixes it at the opening, but before the sign-in far less must be held in memory than after it. The
 * member is not public: a test sends frames of both sizes and would notice if it moved.
 */
export function setFrameLimit(socket: WebSocket, bytes: number): void {
  const { _receiver: receiver } = socket as unknown as { readonly _receiver: { _maxPayload: number } };
  receiver._maxPayload = bytes;
}
