import {
  type ErrorName,
  errorRow,
  type FrameId,
  type Refusal,
  type SignallingErrorName,
  signallingErrorName,
} from 'ringback-protocol';

/** An answer as the whole JSON-RPC text. */
export const answerText = (id: FrameId, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result });

/** What is wrong with the frame itself has a number of JSON-RPC and needs no name. */
const nameless: ReadonlySet<ErrorName> = new Set(['parse_error', 'invalid_request', 'method_unknown']);

/** The name that a device is given for a refusal. */
export const errorNameOf = (refusal: Refusal): SignallingErrorName => signallingErrorName(refusal.reason);

/** A refusal as the whole JSON-RPC text. */
export function errorText(id: FrameId | null, refusal: Refusal): string {
  const { reason, detail, field } = refusal;
  const { code, text } = errorRow(reason);
  const error = { code, message: detail ?? text };
  if (nameless.has(reason)) return JSON.stringify({ jsonrpc: '2.0', id, error });
  const name = errorNameOf(refusal);
  const data = {
    name,
    ...(field === undefined ? {} : { field }),
    // Where the error table is finer than the name: which check of the signature failed, say.
    ...(reason === name || reason === 'frame_bad_params' ? {} : { reason }),
  };
  return JSON.stringify({ jsonrpc: '2.0', id, error: { ...error, data } });
}
