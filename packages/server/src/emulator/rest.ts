import { randomInt } from 'node:crypto';
import { makeUserSig } from '../auth/usersig.ts';

/** s; longer than any script. */
const lifetime = 20 * 365 * 86_400;

/** Where the REST API is, and whose commands it takes. */
export interface RestDoor {
  readonly url: () => string;
  readonly sdkAppId: number;
  readonly key: string;
  /** ms. */
  readonly now: () => number;
}

interface RestAnswer {
  readonly ErrorCode: number;
  readonly ErrorInfo: string;
  readonly Response?: Readonly<Record<string, unknown>>;
}

/** A refusal of the REST API, as a sentence. */
export class RestRefusal extends Error {
  override readonly name = 'RestRefusal';
}

/** A UserSig that outlives every script. */
export const longSig = ({ sdkAppId, key, now }: RestDoor, userId: string): string =>
  makeUserSig({ sdkAppId, userId, key, expire: lifetime, now: Math.floor(now() / 1000) });

/** The query that signs a command as the administrator. */
export const signedQuery = (door: RestDoor): string =>
  `sdkappid=${door.sdkAppId}&identifier=administrator&usersig=${longSig(door, 'administrator')}&random=${randomInt(2 ** 32 - 1)}&contenttype=json`;

/** Sends a command to the REST API as the server of an application does. Rejects with `RestRefusal`. */
async function send(door: RestDoor, command: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const url = `${door.url()}/v4/${command}?${signedQuery(door)}`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
    .then(async (response) => (await response.json()) as RestAnswer)
    .catch((error: Error) => {
      // A restart in between closes connections.
      const { message } = (error.cause ?? error) as Error;
      throw new RestRefusal(`${command}: the server gave no answer: ${message}`);
    });
  if (answer.ErrorCode !== 0) throw new RestRefusal(`${command}: ${answer.ErrorCode} ${answer.ErrorInfo}`);
  return answer.Response ?? {};
}

/** A robot calls; gives the id of the call. `timeout` in ms. */
export async function robotCall(
  door: RestDoor,
  call: {
    readonly from: string;
    readonly to: readonly string[];
    readonly media: string;
    readonly timeout: number;
    readonly userData?: string;
  },
): Promise<string> {
  const answer = await send(door, 'call_engine_http_srv/start_call_by_robot', {
    Robot_Account: call.from,
    CalleeList_Account: call.to,
    Timeout: call.timeout,
    CallInfo: { MediaType: call.media },
    ...(call.userData === undefined ? {} : { UserData: call.userData }),
  });
  return String(answer.CallId);
}

/** Ends a call for all. */
export const endCall = (door: RestDoor, callId: string): Promise<unknown> =>
  send(door, 'call_engine_http_srv/end_call', { CallId: callId });

/** Signs a user out everywhere. */
export const kick = (door: RestDoor, userId: string): Promise<unknown> =>
  send(door, 'im_open_login_svc/kick', { UserID: userId });

/** Makes accounts of users whose apps do not run. */
export async function importUsers(door: RestDoor, users: readonly string[]): Promise<void> {
  for (let at = 0; at < users.length; at += 100) {
    const AccountList = users.slice(at, at + 100).map((UserID) => ({ UserID }));
    await send(door, 'im_open_login_svc/multiaccount_import', { AccountList });
  }
}
