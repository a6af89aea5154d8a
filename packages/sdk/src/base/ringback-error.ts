/** Numbers of failures that arise in the SDK itself; those of the server come with its answers. */
export const localErrors = {
  not_signed_in: { code: -1201, text: 'Sign in first.' },
  bad_params: { code: -1202, text: 'A parameter is not valid.' },
  already_in_call: { code: -1203, text: 'Not possible in the present state: there is a call already.' },
  not_in_call: { code: -1203, text: 'Not possible in the present state: there is no such call.' },
  repeated: { code: -1204, text: 'The same request is ongoing, please avoid repeated calls.' },
  unsupported: { code: -1205, text: 'This is not supported.' },
  no_network: { code: 2805, text: 'The server cannot be reached.' },
  connection_lost: { code: -1401, text: 'The connection was lost before the server answered.' },
  insecure_page: { code: 30_000, text: 'Devices can be used on https pages and on localhost only.' },
  no_webrtc: { code: 60_006, text: 'This browser has no WebRTC.' },
  no_microphone: { code: 60_003, text: 'There is no microphone.' },
  no_camera: { code: 60_004, text: 'There is no camera.' },
  permission_denied: { code: -1101, text: 'The user or the system does not allow the device.' },
  device_list_failed: { code: -1102, text: 'The browser does not say which devices there are.' },
  device_failed: { code: 65_535, text: 'The device could not be used.' },
  finished: { code: -1203, text: 'Nothing will come any more.' },
  unknown: { code: 65_535, text: 'Something went wrong.' },
} as const;

export type LocalErrorName = keyof typeof localErrors;

/** Every rejection of the SDK: a number, the name of the condition, a sentence. */
export class RingbackError extends Error {
  override readonly name: string = 'RingbackError';
  readonly code: number;
  /** The name of the condition: one of `localErrors`, or a row of the server's error table. */
  readonly reason: string;
  /** The parameter that is wrong, where there is one. */
  readonly field: string | undefined;

  constructor(reason: string, code: number, message: string, options: { field?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.code = code;
    this.field = options.field;
  }
}

/** An error of the SDK's own list; `detail` replaces or, with `append`, follows its text. */
export const localError = (
  name: LocalErrorName,
  detail?: string,
  options: { field?: string; cause?: unknown } = {},
): RingbackError => new RingbackError(name, localErrors[name].code, detail ?? localErrors[name].text, options);

/** Whatever was thrown, as an error of the SDK. */
export function asRingbackError(thrown: unknown): RingbackError {
  if (thrown instanceof RingbackError) return thrown;
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return localError('unknown', text, { cause: thrown });
}
