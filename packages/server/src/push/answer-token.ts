import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallId, DeviceId, SdkAppId, UserId } from 'ringback-protocol';
import { callId, deviceId, isCallId, isUserId, sdkAppId, userId } from 'ringback-protocol';
import type { AppKey } from '../ports/apps.ts';

/** What a token is good for: one answer of one user to one ringing, by the device that the push went to. */
export interface AnswerRight {
  readonly app: SdkAppId;
  readonly callId: CallId;
  readonly userId: UserId;
  readonly device: DeviceId;
  /** ms; that of the invitation, which tells it from a later one of the same user. */
  readonly deadline: number;
}

/** In front of a token, so that it is known for what it is, and may change. */
const version = 'rb1';

const mac = (text: string, key: AppKey): Buffer =>
  createHmac('sha256', createHmac('sha256', key.secret).update('ringback push answer').digest()).update(text).digest();

/** A token, signed with a key of the application: every node can check it, and none keeps it. */
export function makeAnswerToken(right: AnswerRight, key: AppKey): string {
  const fields = [right.app, right.callId, right.userId, right.device, right.deadline];
  const text = `${version}.${Buffer.from(JSON.stringify(fields)).toString('base64url')}`;
  return `${text}.${mac(text, key).toString('base64url')}`;
}

/** What a token says, before anybody has checked who made it; undefined for what is none. */
export function readAnswerToken(token: string): AnswerRight | undefined {
  const [first, text = '', signature, ...more] = token.split('.');
  if (first !== version || signature === undefined || more.length > 0) return undefined;
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 5) return undefined;
  const [app, call, user, device, deadline] = fields as unknown[];
  const fits =
    Number.isSafeInteger(app) &&
    typeof call === 'string' &&
    isCallId(call) &&
    typeof user === 'string' &&
    isUserId(user) &&
    typeof device === 'string' &&
    /^[A-Za-z0-9._:~+=@-]{1,64}$/.test(device) &&
    Number.isSafeInteger(deadline);
  if (!fits) return undefined;
  return {
    app: sdkAppId(app as number),
    callId: callId(call),
    userId: userId(user),
    device: deviceId(device),
    deadline: deadline as number,
  };
}

/** Whether one of these keys has signed the token. */
export function isSignedBy(token: string, keys: readonly AppKey[]): boolean {
  const at = token.lastIndexOf('.');
  const given = Buffer.from(token.slice(at + 1), 'base64url');
  return keys.some((key) => {
    const right = mac(token.slice(0, at), key);
    return given.length === right.length && timingSafeEqual(given, right);
  });
}
