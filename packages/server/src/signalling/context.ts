import { Refusal, type RequestId } from 'ringback-protocol';
import { hasKey, type SigningKey } from '../auth/verify.ts';
import type { ListedRequest, OpenContext, RequestSession, SignedInContext } from '../requests/request.ts';
import type { SessionHost } from './host.ts';

/** What a request is handed, after the checks that come before all requests; throws a `Refusal`. */
export function contextOf(
  request: ListedRequest,
  host: SessionHost,
  session: RequestSession & { readonly expiresAt: number; readonly key: SigningKey },
  requestId: RequestId,
): OpenContext | SignedInContext {
  const { apps, services } = host;
  if (request.needs !== 'signIn' && host.overloaded()) throw new Refusal('overloaded');
  if (request.needs === 'nothing') return { services, session, requestId };
  const me = session.identity;
  if (me === undefined) throw new Refusal('not_signed_in');
  const app = apps.get(me.sdkAppId);
  if (app === undefined) throw new Refusal('app_unknown');
  if (request.needs === 'signature' && session.expiresAt <= services.clock.now()) {
    throw new Refusal('usersig_expired', 'The UserSig has expired: sign in again on this socket with a fresh one.');
  }
  // A sign-in that was under way when the key was removed: its socket is closed with the next look at it.
  if (request.needs === 'signature' && !hasKey(app, session.key)) {
    throw new Refusal('usersig_mismatch', 'The key of the UserSig was removed: sign in again with a fresh one.');
  }
  return { services, session, requestId, app, me };
}
