import { localError } from '../base/ringback-error.ts';
import { Client } from './client.ts';
import { pageConfig } from './page-config.ts';

interface Place {
  readonly client: Client;
  /** Who is signed in through it, or is about to be. */
  readonly wanted: Set<object>;
  /** Who has signed in through it. */
  readonly holders: Set<object>;
  /** Settles when the last sign-in or sign-out that was begun is through. */
  queue: Promise<unknown>;
}

const places = new Map<number, Place>();

/** The client of an application on this page: the call engine and the chat facade of one application share it. */
export function sharedClient(sdkAppId: number): Client {
  let place = places.get(sdkAppId);
  if (place === undefined) {
    const client = new Client({ ...pageConfig(), sdkAppId });
    place = { client, wanted: new Set(), holders: new Set(), queue: Promise.resolve() };
    places.set(sdkAppId, place);
  }
  return place.client;
}

/**
 * Signs a shared client in for `holder`; a user who is signed in already is not signed in again. One after the other: no
 * sign-in and no sign-out that was asked for before comes after this one's answer.
 */
export async function enter(
  client: Client,
  holder: object,
  who: { readonly userId: string; readonly userSig: string },
): Promise<void> {
  const place = placeOf(client);
  if (place === undefined) {
    await client.signIn(who);
    return;
  }
  place.wanted.add(holder);
  const done = place.queue.then(() => signIn(place, holder, who));
  follow(place, done);
  await done;
}

async function signIn(place: Place, holder: object, who: Parameters<Client['signIn']>[0]): Promise<void> {
  const { client, wanted, holders } = place;
  const isWanted = () => {
    if (!wanted.has(holder)) throw localError('not_signed_in', 'It was signed out before it was signed in.');
  };
  isWanted();
  try {
    // What was configured after the client was made counts as well.
    client.configure(pageConfig());
    const same = client.isSignedIn && client.me.userId === who.userId;
    if (!same && client.isSignedIn) await client.signOut();
    if (!same || holders.has(holder)) await client.signIn(who);
  } catch (error) {
    if (!holders.has(holder)) wanted.delete(holder);
    throw error;
  }
  // It was given up while the client could not know yet.
  if (wanted.size === 0 && client.isSignedIn) await client.signOut();
  isWanted();
  holders.add(holder);
}

/** Signs it out, or where somebody else is signed in through it, does `instead`. */
export async function leave(client: Client, holder: object, instead?: () => Promise<void>): Promise<void> {
  const place = placeOf(client);
  const isLast = forget(place, holder);
  const done = isLast ? client.isSignedIn && client.signOut() : instead?.();
  if (place !== undefined) follow(place, done);
  await done;
}

/**
 * The application is done with it: whoever asks for a client from now on gets another one, unless somebody else is signed
 * in through this one; then does `instead`.
 */
export async function discard(client: Client, holder: object, instead?: () => Promise<void>): Promise<void> {
  const place = placeOf(client);
  if (!forget(place, holder)) {
    const done = instead?.();
    if (place !== undefined) follow(place, done);
    await done;
    return;
  }
  if (place !== undefined) places.delete(client.options.sdkAppId);
  try {
    if (client.isSignedIn) await client.signOut();
  } finally {
    if (place !== undefined) client.close();
  }
}

/** Whether nobody else is signed in through it. */
function forget(place: Place | undefined, holder: object): boolean {
  place?.wanted.delete(holder);
  place?.holders.delete(holder);
  return place === undefined || place.wanted.size === 0;
}

/** What is asked for from now on comes after `done`, however that ends. */
function follow(place: Place, done: unknown): void {
  place.queue = Promise.allSettled([place.queue, done]);
}

const placeOf = (client: Client): Place | undefined => {
  const place = places.get(client.options.sdkAppId);
  return place?.client === client ? place : undefined;
};
