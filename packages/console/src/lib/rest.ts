import { ApiError, api } from './api.ts';
import { apps } from './apps.ts';

/** What every command of the REST API answers. */
export interface RestAnswer {
  readonly ErrorCode: number;
  readonly ErrorInfo: string;
  readonly RequestId?: string;
}

/** s. */
const lifetime = 600;

const signatures = new Map<number, { readonly user: string; readonly sig: string; readonly until: number }>();

/** The address of a command, signed for an administrator of the application. For owners, who may make signatures. */
export async function signedUrl(app: number, path: string): Promise<string> {
  let kept = signatures.get(app);
  const user = apps.value?.find(({ id }) => id === app)?.admins[0] ?? 'administrator';
  if (kept === undefined || kept.until < Date.now() || kept.user !== user) {
    const { userSig } = await api.post<{ readonly userSig: string }>(`/apps/${app}/usersigs`, {
      user,
      expire: lifetime,
    });
    kept = { user, sig: userSig, until: Date.now() + (lifetime / 2) * 1000 };
    signatures.set(app, kept);
  }
  const query = new URLSearchParams({
    sdkappid: String(app),
    identifier: user,
    usersig: kept.sig,
    random: String(crypto.getRandomValues(new Uint32Array(1))[0]),
    contenttype: 'json',
  });
  return `${location.origin}${path}?${query}`;
}

/** Sends a body as it is, and says what came back. */
export async function sendRaw(url: string, body: string): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, { method: 'POST', body, credentials: 'omit' });
    return { status: response.status, text: await response.text() };
  } catch {
    throw new ApiError(0, 'offline', '');
  }
}

/** Runs a command of the REST API, `service/command`. Rejects with an `ApiError` when it answers an error. */
export async function rest<T extends object>(app: number, command: string, body: object): Promise<T & RestAnswer> {
  const { status, text } = await sendRaw(await signedUrl(app, `/v4/${command}`), JSON.stringify(body));
  const answer = JSON.parse(text) as T & RestAnswer;
  if (answer.ErrorCode !== 0) {
    signatures.delete(app);
    throw new ApiError(status, String(answer.ErrorCode), `${answer.ErrorCode}: ${answer.ErrorInfo}`);
  }
  return answer;
}
