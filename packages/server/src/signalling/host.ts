import type { LeaseKeeper } from '../calls/lease-keeper.ts';
import type { Log } from '../observe/log.ts';
import type { Apps } from '../ports/apps.ts';
import type { ListedRequest, RequestServices } from '../requests/request.ts';
import type { Directory } from './directory.ts';
import type { SignallingLimits } from './limits.ts';
import type { SignallingObserver } from './observer.ts';
import type { Session } from './session.ts';

/** What all sessions of a server share. */
export interface SessionHost {
  readonly services: RequestServices;
  readonly apps: Apps;
  readonly leases: LeaseKeeper;
  readonly requests: ReadonlyMap<string, ListedRequest>;
  readonly directory: Directory<Session>;
  readonly limits: SignallingLimits;
  readonly observer: SignallingObserver;
  readonly log: Log;
  /** True when the server should not take on more work. */
  readonly overloaded: () => boolean;
  /** The session has signed in, and is no longer one of those that must hurry. */
  readonly signedIn: (session: Session) => void;
  /** The socket of the session is gone. */
  readonly gone: (session: Session) => void;
}
