import type { Page } from 'playwright-core';
import { does } from './house.ts';
import { until } from './stage.ts';

/** What a page gets of one member. */
export interface MemberLook {
  /** Pictures shown since the view is there. */
  readonly shown: number;
  /** Decoded of the track that is shown now. */
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** Of the sound that is played. */
  readonly energy: number;
}

/** What an app on the SDK sees and hears. */
export interface AppLook {
  readonly members: Readonly<Record<string, MemberLook>>;
  /** Pictures of the own camera that were sent, of the layer that has most. */
  readonly encoded: number;
  /** Kind and address of both ends of all paths in use. */
  readonly paths: readonly string[];
  /** Connections that run. */
  readonly open: number;
  /** Connections that were ever made. */
  readonly made: number;
}

/** What can be looked at as often as one likes. */
export interface Glance {
  /** Connections that run. */
  readonly open: number;
  /** Members of whom some pictures have been shown. */
  readonly shown: readonly string[];
}

export type Payload = Readonly<Record<string, unknown>>;

/** What the app sees now. */
export const look = (page: Page): Promise<AppLook> => page.evaluate('look()');

/** The payloads of an event so far. */
export const heard = (page: Page, name: string): Promise<readonly Payload[]> =>
  page.evaluate(`heard(${JSON.stringify(name)})`);

/** Waits for an event; gives the payload of the last one. */
export const hears = async (page: Page, name: string, count = 1): Promise<Payload> =>
  (
    await until(
      () => heard(page, name),
      (all) => all.length >= count,
      60_000,
    )
  ).at(-1) ?? {};

/** Pictures of all these are shown and decoded, more than `frames` of each, and each of them is heard. */
export const complete = ({ members }: AppLook, users: readonly string[], frames = 5): boolean =>
  users.every((user) => {
    const { shown = 0, frames: decoded = 0, energy = 0 } = members[user] ?? {};
    return shown > frames && decoded > 0 && energy > 0;
  });

/** Waits until pictures of all these are shown, more than `frames` of each, and each of them is heard. */
export const sees = (page: Page, users: readonly string[], frames = 5, ms = 80_000): Promise<AppLook> =>
  until(
    () => look(page),
    (now) => complete(now, users, frames),
    ms,
  );

/** Waits until `more` further pictures of these are shown. */
export async function seesMore(page: Page, users: readonly string[], more = 10): Promise<void> {
  const { members } = await look(page);
  await until(
    () => look(page),
    (now) => users.every((user) => (now.members[user]?.shown ?? 0) > (members[user]?.shown ?? 0) + more),
    80_000,
  );
}

/** Waits until each of these is heard, seen or not. */
export const listensTo = (page: Page, users: readonly string[]): Promise<AppLook> =>
  until(
    () => look(page),
    ({ members }) => users.every((user) => (members[user]?.energy ?? 0) > 0),
    80_000,
  );

/** What comes of a promise of the page. */
export const settled = (
  page: Page,
  what: string,
): Promise<{ readonly value?: unknown; readonly error?: { readonly code: number; readonly message: string } }> =>
  page.evaluate(`settled(${what})`);

/** Calls with video, devices on. */
export async function dial(page: Page, users: readonly string[], more: object = {}): Promise<void> {
  await does(page, `engine.calls(${JSON.stringify({ userIDList: users, type: 2, timeout: 120, ...more })})`);
  await does(page, 'openDevices()');
}

/** Answers the call that comes, devices on. */
export async function answer(page: Page, video = true): Promise<void> {
  await hears(page, 'onCallReceived');
  await does(page, 'engine.accept()');
  await does(page, `openDevices(${video})`);
}

/** All of these but one. */
export const others = (users: readonly string[], user: string): readonly string[] =>
  users.filter((one) => one !== user);

/** These apps in one call with pictures, which the first has made, and in which all see and hear each other. */
export async function talk(pages: readonly Page[], users: readonly string[]): Promise<void> {
  const [first, ...rest] = pages as [Page, ...Page[]];
  await dial(first, users.slice(1));
  await Promise.all(rest.map((page) => answer(page)));
  await Promise.all(pages.map((page, i) => sees(page, others(users, users[i] ?? ''))));
}
