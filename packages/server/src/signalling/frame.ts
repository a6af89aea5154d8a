import { type FrameId, Refusal } from 'ringback-protocol';
/** A request as it was sent. `id` is undefined when no answer is wanted. */
export interface Frame {
  readonly id: FrameId | undefined;
  readonly method: string;
  readonly params: object;
}

/** A frame that is no request, and the id it may be answered under. */
export interface BadFrame {
  readonly id: FrameId | null;
  readonly refusal: Refusal;
}

/** Reads the text of a frame as a JSON-RPC 2.0 request. */
export function readFrame(text: string): Frame | BadFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad(null, 'parse_error');
  }
  if (Array.isArray(value)) return bad(null, 'invalid_request', 'Batches are not supported: send one request a frame.');
  if (!isObject(value)) return bad(null, 'invalid_request', 'The frame is not a JSON object.');
  const { id, jsonrpc, method, params } = value;
  if (id !== undefined && !isFrameId(id)) {
    return bad(null, 'invalid_request', 'id must be an integer, or text of 1 to 128 characters.');
  }
  if (jsonrpc !== '2.0') return bad(id ?? null, 'invalid_request', 'jsonrpc must be "2.0".');
  if (typeof method !== 'string') return bad(id ?? null, 'invalid_request', 'method must be text.');
  if (params === undefined || params === null) return { id, method, params: {} };
  if (!isObject(params) || Array.isArray(params)) {
    return { id: id ?? null, refusal: new Refusal('frame_bad_params', 'params must be an object', 'params') };
  }
  return { id, method, params };
}

const bad = (id: FrameId | null, reason: 'parse_error' | 'invalid_request', detail?: string): BadFrame => ({
  id,
  refusal: new Refusal(reason, detail),
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isFrameId = (value: unknown): value is FrameId =>
  typeof value === 'string' ? value.length >= 1 && value.length <= 128 : Number.isSafeInteger(value);
