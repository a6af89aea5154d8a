import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notAlone } from './support/loopback.ts';
import { type Look, look, Stage, until } from './support/stage.ts';

describe.skipIf(notAlone())('a room of the built-in SFU, in a browser', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  it('carries sound and pictures on every link of three members', async () => {
    await stage.openRoom();
    const users = ['alice', 'bob', 'carol'];
    const pages = await Promise.all(users.map((user) => stage.member(user)));
    for (const [i, page] of pages.entries()) {
      const others = users.filter((_, j) => j !== i);
      const seen = await until(() => look(page), (now) => complete(now, others));
      expect(seen.errors).toEqual([]);
      console.log(JSON.stringify(seen));
    }
  });
});

/** True when frames of all these members were decoded and something of each was heard. */
const complete = ({ seen }: Look, users: readonly string[]): boolean =>
  users.every((user) => (seen[user]?.frames ?? 0) > 0 && (seen[user]?.energy ?? 0) > 0);
