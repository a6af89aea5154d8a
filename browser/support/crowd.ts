import type { Page } from 'playwright-core';
import { does, type House } from './house.ts';
import { until } from './stage.ts';

/**
 * Apps of one page at most: what one page cannot do in time for all of its apps, the server takes for silence of their
 * devices.
 */
const together = 3;

/** Many apps on the SDK, each in a frame of one of few pages, so that one small machine can hold them; small pictures. */
export class Crowd {
  /** Who is on which page. */
  readonly #pages: readonly { readonly page: Page; readonly users: readonly string[] }[];

  private constructor(pages: readonly { readonly page: Page; readonly users: readonly string[] }[]) {
    this.#pages = pages;
  }

  /** All of these users, signed in. */
  static async open(house: House, users: readonly string[]): Promise<Crowd> {
    const pages = [];
    for (let from = 0; from < users.length; from += together) {
      const some = users.slice(from, from + together);
      pages.push({ page: await house.page(`/many?users=${some.join()}&camera=${from}`), users: some });
    }
    const crowd = new Crowd(pages);
    for (const user of users) await crowd.run([user], `signIn(${house.signed(user, { deviceId: `${user}-frame` })})`);
    return crowd;
  }

  /** Lets the apps of these users run something, all at the same time; gives what came of it by user. */
  async run<T = unknown>(users: readonly string[], what: string): Promise<Readonly<Record<string, T>>> {
    const all = await Promise.all(
      this.#pages.map(async ({ page, users: here }) => {
        const asked = here.filter((user) => users.includes(user));
        if (asked.length === 0) return {};
        const call = `each(${JSON.stringify(asked)}, ${JSON.stringify(what)})`;
        await does(page, `${call}.then((all) => { globalThis.got = all; })`);
        return page.evaluate<Record<string, T>>('globalThis.got');
      }),
    );
    return Object.assign({}, ...all);
  }

  /** Waits until what comes of it is right for each of these users. `every`: ms between two questions. */
  async until<T = unknown>(
    users: readonly string[],
    what: string,
    right: (answer: T, user: string) => boolean,
    every = 250,
  ): Promise<Readonly<Record<string, T>>> {
    try {
      return await until(
        () => this.run<T>(users, what),
        (all) => users.every((user) => right(all[user] as T, user)),
        90_000,
        every,
      );
    } catch (error) {
      throw new Error(`${String(error)}\nBefore that: ${JSON.stringify(await this.run(users.slice(0, 2), 'trail()'))}`);
    }
  }
}
