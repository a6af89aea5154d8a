import type { Page } from 'playwright-core';
import { does, type House } from './house.ts';
import { until } from './stage.ts';

/** Many apps on the SDK, each in a frame of one page, so that one small machine can hold them; small pictures. */
export class Crowd {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** All of these users, signed in. */
  static async open(house: House, users: readonly string[]): Promise<Crowd> {
    const page = await house.page(`/many?users=${users.join()}`);
    const crowd = new Crowd(page);
    for (const user of users) await crowd.run([user], `signIn(${house.signed(user, { deviceId: `${user}-frame` })})`);
    return crowd;
  }

  /** Lets the apps of these users run something, all at the same time; gives what came of it by user. */
  async run<T = unknown>(users: readonly string[], what: string): Promise<Readonly<Record<string, T>>> {
    const call = `each(${JSON.stringify(users)}, ${JSON.stringify(what)})`;
    await does(this.page, `${call}.then((all) => { globalThis.got = all; })`);
    return this.page.evaluate('globalThis.got');
  }

  /** Waits until what comes of it is right for each of these users. */
  until<T = unknown>(
    users: readonly string[],
    what: string,
    right: (answer: T, user: string) => boolean,
  ): Promise<Readonly<Record<string, T>>> {
    return until(
      () => this.run<T>(users, what),
      (all) => users.every((user) => right(all[user] as T, user)),
      60_000,
    );
  }
}
