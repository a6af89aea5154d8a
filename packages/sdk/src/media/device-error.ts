import { localError, RingbackError } from '../base/ringback-error.ts';

export type DeviceKind = 'microphone' | 'camera';

/** What browsers, new and old, call each condition. */
const denied = new Set(['NotAllowedError', 'PermissionDeniedError', 'SecurityError', 'PermissionDismissedError']);
const missing = new Set(['NotFoundError', 'DevicesNotFoundError']);
const busy = new Set([
  'NotReadableError',
  'TrackStartError',
  'AbortError',
  'HardwareUnavailableError',
  'SourceUnavailableError',
]);
const unfit = new Set(['OverconstrainedError', 'ConstraintNotSatisfiedError']);

/** True when another device, or looser wishes, might do. */
export const isUnfit = (thrown: unknown): boolean => unfit.has(nameOf(thrown)) || missing.has(nameOf(thrown));

/** What getUserMedia threw, in any browser's wording, as an error of the SDK; the browser's own text stays in it. */
export function deviceError(thrown: unknown, kind: DeviceKind): RingbackError {
  if (thrown instanceof RingbackError) return thrown;
  const name = nameOf(thrown);
  // Older browsers throw objects that are no errors.
  const message = (thrown as { readonly message?: unknown } | null | undefined)?.message;
  const text = typeof message === 'string' ? message : String(thrown);
  const options = { cause: thrown, field: kind };
  if (denied.has(name)) {
    // Apps look for these very words, which are those of one browser.
    const more = text === '' || text === 'Permission denied' ? '' : ` (${text})`;
    return localError('permission_denied', `NotAllowedError: Permission denied${more}`, options);
  }
  if (missing.has(name)) {
    const which = kind === 'camera' ? 'no_camera' : 'no_microphone';
    return localError(which, `NotFoundError: ${text || `no ${kind}`}`, options);
  }
  if (busy.has(name)) return localError('device_failed', `${name}: ${text || `the ${kind} is in use`}`, options);
  if (unfit.has(name)) return localError('device_failed', `${name}: no ${kind} fits ${text}`, options);
  return localError('device_failed', `${name || 'Error'}: ${text}`, options);
}

const nameOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'name' in thrown ? String(thrown.name) : '';
