import { Client } from './client.ts';
import { pageConfig } from './page-config.ts';

interface Place {
  readonly client: Client;
  readonly holders: Set<object>;
  /** Sign-ins and sign-outs under way; settles when the last of them is through. */
  busy: Promise<unknown> | undefined;
}

const places = new Map<number, Place>();

/** The client of an application on this page: the call engine and the chat facade of one application share it. */
export function sharedClient(sdkAppId: number): Client {
  let place = places.get(sdkAppId);
  if (place === undefined) {
    place = { client: new Client({ ...pageConfig(), sdkAppId }), holders: new Set(), busy: undefined };
    places.set(sdkAppId, place);
  }
  return place.client;
}

/**
 * Signs a shared client in for `holder`; a user who is signed in already is not signed in again. Waits for what other
 * holders have begun: neither their sign-in nor their sign-out comes after this one's answer.
 */
export async function enter(
  client: Client,
  holder: object,
  who: { readonly userId: string; readonly userSig: string },
): Promise<void> {
  while (placeOf(client)?.busy !== undefined) await placeOf(client)?.busy;
  const place = placeOf(client);
  await during(place, async () => {
    // What was configured after the client was made counts as well.
    if (place !== undefined) client.configure(pageConfig());
    const same = client.isSignedIn && client.me.userId === who.userId;
    if (!same && client.isSignedIn) await client.signOut();
    if (!same || place?.holders.has(holder) === true) await client.signIn(who);
    place?.holders.add(holder);
  });
}

/** Signs it out when nobody else holds it. */
export async function leave(client: Client, holder: object): Promise<void> {
  const place = placeOf(client);
  place?.holders.delete(holder);
  if (client.isSignedIn && isFree(place)) await during(place, () => client.signOut());
}

/** The application is done with it: whoever asks for a client from now on gets another one. */
export async function discard(client: Client, holder: object): Promise<void> {
  const place = placeOf(client);
  place?.holders.delete(holder);
  if (!isFree(place)) return;
  if (place !== undefined) places.delete(client.options.sdkAppId);
  try {
    if (client.isSignedIn) await client.signOut();
  } finally {
    if (place !== undefined) client.close();
  }
}

/** Whether somebody else than `holder` is signed in through it. */
export const isShared = (client: Client, holder: object): boolean =>
  [...(placeOf(client)?.holders ?? [])].some((one) => one !== holder);

const isFree = (place: Place | undefined): boolean => place === undefined || place.holders.size === 0;

/** Others wait until `work` is through, however it ends. */
async function during(place: Place | undefined, work: () => Promise<unknown>): Promise<void> {
  const done = work();
  if (place !== undefined) {
    const busy = Promise.allSettled([place.busy, done]).then(() => {
      if (place.busy === busy) place.busy = undefined;
    });
    place.busy = busy;
  }
  await done;
}

const placeOf = (client: Client): Place | undefined => {
  const place = places.get(client.options.sdkAppId);
  return place?.client === client ? place : undefined;
};
