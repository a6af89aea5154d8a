import { Client } from './client.ts';
import { pageConfig } from './page-config.ts';

interface Place {
  readonly client: Client;
  readonly holders: Set<object>;
}

const places = new Map<number, Place>();

/** The client of an application on this page: the call engine and the chat facade of one application share it. */
export function sharedClient(sdkAppId: number): Client {
  let place = places.get(sdkAppId);
  if (place === undefined) {
    place = { client: new Client({ ...pageConfig(), sdkAppId }), holders: new Set() };
    places.set(sdkAppId, place);
  }
  return place.client;
}

/** Signs a shared client in for `holder`; a user who is signed in already is not signed in again. */
export async function enter(
  client: Client,
  holder: object,
  who: { readonly userId: string; readonly userSig: string },
) {
  const place = placeOf(client);
  // What was configured after the client was made counts as well.
  if (place !== undefined) client.configure(pageConfig());
  const same = client.isSignedIn && client.me.userId === who.userId;
  if (!same && client.isSignedIn) await client.signOut();
  if (!same || place?.holders.has(holder) === true) await client.signIn(who);
  place?.holders.add(holder);
}

/** Signs it out when nobody else holds it. */
export async function leave(client: Client, holder: object): Promise<void> {
  const place = placeOf(client);
  place?.holders.delete(holder);
  if (client.isSignedIn && (place === undefined || place.holders.size === 0)) await client.signOut();
}

/** The application is done with it. */
export async function discard(client: Client, holder: object): Promise<void> {
  await leave(client, holder);
  const place = placeOf(client);
  if (place === undefined || place.holders.size > 0) return;
  places.delete(client.options.sdkAppId);
  client.close();
}

const placeOf = (client: Client): Place | undefined => {
  const place = places.get(client.options.sdkAppId);
  return place?.client === client ? place : undefined;
};
