import { signal } from '@preact/signals';

export type Role = 'viewer' | 'operator' | 'owner';

/** Who is signed in. */
export interface Session {
  readonly name: string;
  readonly role: Role;
  readonly csrf?: string;
}

/** What the sentence of a refusal is about. */
export type RefusalData = Readonly<Record<string, string | number>>;

/** What the server refused, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly field: string;
  /** The key of the sentence, and what it needs. */
  readonly code: string;
  readonly data: RefusalData;

  constructor(status: number, reason: string, message: string, field = '', code = reason, data: RefusalData = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.field = field;
    this.code = code;
    this.data = data;
  }
}

/** `undefined`: not known yet; `null`: nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

/**
 * The session has ended while the page was open: elsewhere, or by its age. `session` still says whose it was, so that the
 * page behind the sign-in stays as it is.
 */
export const sessionOver = signal(false);

/** Somebody has signed in. */
export function enter(entered: Session): void {
  session.value = entered;
  sessionOver.value = false;
}

const roles: readonly Role[] = ['viewer', 'operator', 'owner'];

/** Whether who is signed in may do what takes this role. */
export const may = (role: Role): boolean => roles.indexOf(session.value?.role ?? 'viewer') >= roles.indexOf(role);

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** An address of the settings API with its query. */
export function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return `/admin${path}${text === '' ? '' : `?${text}`}`;
}

interface Refused {
  readonly name?: string;
  readonly message?: string;
  readonly field?: string;
  readonly code?: string;
  readonly data?: RefusalData;
}

/**
 * Another window of this browser may have signed in anew: the cookie is of that session, and what this one proves itself with
 * of the last. Whether it is the same operator, whose session this window takes over; else one has to sign in here again.
 */
async function isSameOperator(): Promise<boolean> {
  const entered = await send<Session>('GET', address('/session'));
  const isSame = entered.name === session.value?.name;
  if (isSame) session.value = entered;
  else sessionOver.value = true;
  return isSame;
}

async function send<T>(method: string, url: string, body?: object, isAgain = false): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(session.value?.csrf && method !== 'GET' && { 'x-csrf-token': session.value.csrf }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, 'offline', '');
  }
  const text = await response.text();
  let answer: unknown;
  try {
    answer = text === '' ? null : JSON.parse(text);
  } catch {
    throw new ApiError(response.status, 'internal', '');
  }
  if (response.ok) return answer as T;
  const {
    name = 'internal',
    message = '',
    field = '',
    code = name,
    data = {},
  } = (answer as { readonly error?: Refused } | null)?.error ?? {};
  // What was refused did nothing, and can be asked once more.
  if (name === 'console_csrf' && !isAgain && (await isSameOperator())) return send(method, url, body, true);
  if (name === 'console_session') {
    if (session.value) sessionOver.value = true;
    else session.value = null;
  }
  throw new ApiError(response.status, name, message, field, code, data);
}

/** The settings API as pages use it. Rejects with an `ApiError`. */
export const api = {
  get: <T>(path: string, query?: Query): Promise<T> => send<T>('GET', address(path, query)),
  post: <T>(path: string, body: object = {}): Promise<T> => send<T>('POST', address(path), body),
  put: <T>(path: string, body: object = {}): Promise<T> => send<T>('PUT', address(path), body),
  patch: <T>(path: string, body: object): Promise<T> => send<T>('PATCH', address(path), body),
  remove: <T>(path: string, query?: Query): Promise<T> => send<T>('DELETE', address(path, query)),
} as const;

/** Asks who is signed in. */
export async function loadSession(): Promise<void> {
  try {
    session.value = await api.get<Session>('/session');
  } catch {
    session.value = null;
  }
}
