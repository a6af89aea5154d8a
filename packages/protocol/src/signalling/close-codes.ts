/** One way a signalling socket is closed by the server. */
export interface CloseCode {
  readonly code: number;
  readonly meaning: string;
  /** What the client should do. */
  readonly todo: string;
}

const row = (code: number, meaning: string, todo: string): CloseCode => ({ code, meaning, todo });

/** The table of close codes: 1000 to 1012 are those of WebSocket, 4000 and up are ours. */
export const closeCodes = {
  signedOut: row(1000, 'The device has signed out.', 'Nothing.'),
  silent: row(
    1001,
    'Nothing was heard of the device for 60 s.',
    'Connect and sign in again; ping as often as pingMs says.',
  ),
  restarting: row(
    1012,
    'The server restarts, is cut off from its database, or could not finish a sign-in. The reason is JSON: {"retryMs":…}.',
    'Come back after a random delay within retryMs, sign in and resume the call.',
  ),
  noSignIn: row(4001, 'No sign-in within 10 s.', 'Connect again and send signIn at once.'),
  badFrame: row(
    4002,
    'A frame was binary, not UTF-8, or against the WebSocket protocol.',
    'Correct the client: it must send JSON-RPC 2.0 in text frames.',
  ),
  signatureRefused: row(
    4003,
    'The signature was refused, its key was removed, or it has run out and no call needs the socket.',
    'Fetch a fresh UserSig, then connect again.',
  ),
  newerSignIn: row(
    4004,
    'This device, or another one of the same platform where only one may be signed in, has signed in anew.',
    'Do not come back by yourself: the newer sign-in has taken over.',
  ),
  kicked: row(
    4005,
    'The account was kicked or deleted, or its application disabled.',
    'Ask the user to sign in again.',
  ),
  slowReader: row(
    4008,
    'The device reads too slowly; what waits for it has grown too large.',
    'Connect again, sign in and resume the call.',
  ),
  limits: row(
    4009,
    'A limit was exceeded. Before sign-in: 16 KiB a frame, 5 frames; after: 256 KiB a frame, 100 frames/s.',
    'Correct the client, and connect again after a while.',
  ),
} as const satisfies Record<string, CloseCode>;

export type CloseName = keyof typeof closeCodes;
