import { describe, expect, it } from 'vitest';
import { deviceError, isUnfit } from '../src/media/device-error.ts';

/** What browsers throw, older ones no DOMException at all. */
const thrown = (name: string, message: string): unknown => new DOMException(message, name);

describe('a device that the browser does not give out', () => {
  it.each([
    ['Chrome, by the user', thrown('NotAllowedError', 'Permission denied'), ''],
    [
      'Chrome, by the system',
      thrown('NotAllowedError', 'Permission denied by system'),
      ' (Permission denied by system)',
    ],
    ['Chrome, prompt closed', thrown('NotAllowedError', 'Permission dismissed'), ' (Permission dismissed)'],
    [
      'Firefox',
      thrown('NotAllowedError', 'The request is not allowed by the user agent or the platform in the current context.'),
      ' (The request is not allowed by the user agent or the platform in the current context.)',
    ],
    [
      'Safari',
      thrown(
        'NotAllowedError',
        'The request is not allowed by the user agent or the platform in the current context, possibly because the user denied permission.',
      ),
      ' (The request is not allowed by the user agent or the platform in the current context, possibly because the user denied permission.)',
    ],
    ['a policy of the page', thrown('SecurityError', ''), ''],
    ['an old Chrome', { name: 'PermissionDeniedError', message: '' }, ''],
  ])('for want of permission, in the words of %s, has the code and the words that apps look for', (_, cause, more) => {
    for (const kind of ['microphone', 'camera'] as const) {
      const error = deviceError(cause, kind);
      expect(error).toMatchObject({ code: -1101, reason: 'permission_denied', field: kind });
      expect(error.message).toBe(`NotAllowedError: Permission denied${more}`);
    }
  });

  it.each([
    ['NotFoundError', 'Requested device not found'],
    ['NotFoundError', 'The object can not be found here.'],
    ['DevicesNotFoundError', ''],
  ])('because there is none (%s) says which one', (name, message) => {
    expect(deviceError(thrown(name, message), 'microphone')).toMatchObject({
      code: 60_003,
      message: expect.stringContaining(message === '' ? 'no microphone' : message),
    });
    expect(deviceError(thrown(name, message), 'camera')).toMatchObject({ code: 60_004 });
    expect(isUnfit(thrown(name, message))).toBe(true);
  });

  it.each([
    ['NotReadableError', 'Could not start video source'],
    ['TrackStartError', ''],
    ['AbortError', 'Starting videoinput failed'],
    ['OverconstrainedError', ''],
    ['ConstraintNotSatisfiedError', ''],
    ['TypeError', 'At least one of audio and video must be requested'],
  ])('for another reason (%s) keeps the words of the browser', (name, message) => {
    expect(deviceError(thrown(name, message), 'camera')).toMatchObject({
      code: 65_535,
      message: expect.stringMatching(new RegExp(`^${name}: .*${message}`)),
    });
    expect(isUnfit(thrown(name, message))).toBe(/Constr|constr/.test(name));
  });

  it('is the same error when it has been put into words before, and an error whatever was thrown', () => {
    const error = deviceError(thrown('NotFoundError', ''), 'camera');
    expect(deviceError(error, 'microphone')).toBe(error);
    for (const cause of [undefined, null, 'text', 7, {}]) {
      expect(deviceError(cause, 'camera')).toMatchObject({ code: 65_535, message: expect.stringMatching(/^Error: /) });
    }
  });
});
