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

interface Signed {
  readonly user: string;
  readonly sig: Promise<string>;
  readonly until: number;
}

const signatures = new Map<number, Signed>();

/** Forgets all signatures: whoever signs in next in this window has none of them. */
export const forgetSignatures = (): void => signatures.clear();

async function make(app: number, user: string): Promise<string> {
  const answer = await api.post<{ readonly userSig: string }>(`/apps/${app}/usersigs`, { user, expire: lifetime });
  return answer.userSig;
}

/** The address of a command, signed for an administrator of the application. For owners, who may make signatures. */
export async function signedUrl(app: number, path: string): Promise<string> {
  let kept = signatures.get(app);
  const user = apps.value?.find(({ id }) => id === app)?.admins[0] ?? 'administrator';
  if (kept === undefined || kept.until < Date.now() || kept.user !== user) {
    kept = { user, sig: make(app, user), until: Date.now() + (lifetime / 2) * 1000 };
    signatures.set(app, kept);
    // A signature that could not be made is no signature to keep.
    kept.sig.catch(() => signatures.delete(app));
  }
  const query = new URLSearchParams({
    sdkappid: String(app),
    identifier: user,
    usersig: await kept.sig,
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
