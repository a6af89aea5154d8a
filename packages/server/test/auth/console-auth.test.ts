import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConsoleAuth } from '../../src/auth/console-auth.ts';
import type { ConsoleSession } from '../../src/ports/console.ts';
import { type AdminScene, adminScene, refused } from '../support/admin-scene.ts';

let scene: AdminScene;
const from = { ip: '10.0.0.1', agent: '' };
const [old, password] = ['correct horse', 'another horse'];

beforeEach(async () => {
  scene = await adminScene();
  for (const name of ['anna', 'bea']) {
    const { secret } = await scene.auth.makeLink(name, 'owner');
    await scene.auth.redeem(secret, old, from);
  }
});

afterEach(async () => {
  vi.restoreAllMocks();
  await scene.close();
});

const kept = () => {
  const operator = scene.store.console.operator('anna');
  if (operator === undefined) throw new Error('anna is gone');
  return operator;
};
const changing = () => scene.auth.changePassword({ who: 'anna', role: 'owner' }, old, password);
const signingIn = (word = old) => scene.auth.signIn({ name: 'anna', password: word, ...from });

test('a role that is taken away while a password changes stays away', async () => {
  const changed = changing();
  await scene.ask('operators.setRole', { name: 'anna', role: 'viewer' });
  await changed;
  expect(kept().role).toBe('viewer');
  expect((await signingIn(password)).operator.role).toBe('viewer');
});

test('whoever is removed while their password changes does not come back', async () => {
  const changed = refused(changing());
  await scene.ask('operators.remove', { name: 'anna' });
  expect(await changed).toMatch(/^console_sign_in/);
  expect(scene.store.console.operator('anna')).toBeUndefined();
});

test('a password that was set by link while another was being set is the one that counts', async () => {
  const reset = { ...kept(), password: 'set by link' };
  const changed = refused(changing());
  await scene.store.console.changeOperator('anna', () => reset);
  expect(await changed).toMatch(/^console_sign_in/);
  expect(kept()).toEqual(reset);
});

test('nobody signs in who is removed, or has another password, while theirs is checked', async () => {
  const first = refused(signingIn());
  await scene.store.console.changeOperator('anna', (one) => one && { ...one, password: 'set by link' });
  expect(await first).toMatch(/^console_sign_in/);
  const { secret } = await scene.auth.makeLink('anna', 'owner');
  await scene.auth.redeem(secret, old, from);
  const second = refused(signingIn());
  await scene.ask('operators.remove', { name: 'anna' });
  expect(await second).toMatch(/^console_sign_in/);
  expect(scene.store.console.sessions().filter(({ operator }) => operator === 'anna')).toEqual([]);
});

test('a sign-in that waits for old sessions to go ends with a password that is set meanwhile', async () => {
  scene.clock.advance(12 * 3_600_000);
  let go = (): void => {};
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  const removal = vi.spyOn(scene.store.console, 'removeSession').mockReturnValueOnce(gone);
  const signed = signingIn();
  await vi.waitFor(() => expect(removal).toHaveBeenCalled());
  const { secret } = await scene.auth.makeLink('anna', 'owner');
  const reset = await scene.auth.redeem(secret, password, from);
  go();
  const late = await signed;
  expect([scene.auth.bySession(late.secret), scene.auth.bySession(reset.secret)?.who]).toEqual([undefined, 'anna']);
});

test('a session of an older version, which knows no password, asks to sign in again', async () => {
  const { secret } = await signingIn();
  const visitor = scene.auth.bySession(secret);
  if (visitor?.session === undefined) throw new Error('nobody is signed in');
  const { passwords: _, ...older } = scene.store.console.session(visitor.session.hash) as ConsoleSession;
  await scene.store.console.saveSession(older);
  expect([scene.auth.bySession(secret), scene.auth.holds(visitor)]).toEqual([undefined, false]);
});

test('the browser that changes the password is signed in all the while, and the others are not any more', async () => {
  const [own, other] = [(await signingIn()).secret, (await signingIn()).secret];
  const visitor = scene.auth.bySession(own);
  if (visitor === undefined) throw new Error('nobody is signed in');
  let done = false;
  const changed = scene.auth.changePassword(visitor, old, password).finally(() => {
    done = true;
  });
  while (!done) {
    expect([scene.auth.bySession(own)?.who, scene.auth.holds(visitor)]).toEqual(['anna', true]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await changed;
  expect([scene.auth.bySession(own)?.who, scene.auth.bySession(other)]).toEqual(['anna', undefined]);
  await scene.auth.changePassword(visitor, password, old);
  expect(scene.auth.bySession(own)?.who).toBe('anna');
});

test('a database that is away while a visit is noted ends nothing', async () => {
  const { text } = await scene.auth.makeToken({ label: 'x', role: 'viewer', operator: 'anna', expiresAt: 0 });
  const { secret } = await signingIn();
  const unheard: unknown[] = [];
  const hear = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', hear);
  const away = (name: 'touchToken' | 'touchSession' | 'removeSession') =>
    vi.spyOn(scene.store.console, name).mockRejectedValue(new Error('the database is away'));
  const spies = [away('touchToken'), away('touchSession'), away('removeSession')];
  try {
    scene.clock.advance(60_000);
    expect([scene.auth.byToken(text)?.role, scene.auth.bySession(secret)?.who]).toEqual(['viewer', 'anna']);
    scene.clock.advance(12 * 3_600_000);
    expect(scene.auth.bySession(secret)).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.off('unhandledRejection', hear);
  }
  expect(spies.map((spy) => spy.mock.calls.length)).toEqual([1, 1, 1]);
  expect(unheard).toEqual([]);
});

test('a link that is used ends the others of the same operator', async () => {
  const [first, second, others] = await Promise.all(
    ['anna', 'anna', 'bea'].map(async (name) => (await scene.auth.makeLink(name, 'owner')).secret),
  );
  await scene.auth.redeem(second as string, password, from);
  expect(await refused(scene.auth.redeem(first as string, old, from))).toMatch(/^console_link/);
  expect(await scene.auth.linkFor(others as string)).toEqual({ name: 'bea' });
  expect((await signingIn(password)).operator.name).toBe('anna');
});

test('only sessions that are let in count as browsers that are signed in', async () => {
  const { console } = scene.store;
  const listed = async () => {
    const all = (await scene.ask('operators.list', {})) as { name: string; sessions: number; seenAt: number }[];
    return all.map(({ name, sessions, seenAt }) => [name, sessions, seenAt]);
  };
  const at = scene.clock.now();
  expect(await listed()).toEqual([
    ['anna', 1, at],
    ['bea', 1, at],
  ]);
  // One of an older version, which does not say for which password it is good.
  const [own] = console.sessions().filter(({ operator }) => operator === 'anna');
  const { passwords: _, ...older } = own as ConsoleSession;
  await console.removeSession(older.hash);
  await console.saveSession(older);
  expect(await listed()).toEqual([
    ['anna', 0, 0],
    ['bea', 1, at],
  ]);
  // Nobody has deleted the other yet.
  scene.clock.advance(12 * 3_600_000);
  expect(await listed()).toEqual([
    ['anna', 0, 0],
    ['bea', 0, 0],
  ]);
});

test('sessions, links and tokens that are over are deleted, a few at a time, and nothing that is good', async () => {
  const { console } = scene.store;
  const [hour, day] = [3_600_000, 86_400_000];
  const token = (label: string, days: number, operator = 'anna') =>
    scene.auth.makeToken({
      label,
      role: 'viewer',
      operator,
      expiresAt: days === 0 ? 0 : scene.clock.now() + days * day,
    });
  await token('short', 1);
  await token('for ever', 0);
  const { token: parent } = await token('parent', 1);
  // As an older version wrote it.
  const { text: child } = await token('child', 0, `token:${parent.id}`);
  for (let n = 0; n < 3; n += 1) await scene.auth.makeLink('bea', 'owner');
  const counts = () => [console.sessions(), console.links(), console.tokens()].map((all) => all.length);
  expect(counts()).toEqual([2, 3, 4]);
  expect(await scene.auth.prune(500)).toBe(0);
  scene.clock.advance(2 * hour);
  expect([await scene.auth.prune(2), counts()]).toEqual([2, [2, 1, 4]]);
  expect([await scene.auth.prune(2), counts()]).toEqual([1, [2, 0, 4]]);
  scene.clock.advance(10 * hour);
  expect([await scene.auth.prune(2), counts()]).toEqual([0, [2, 0, 4]]);
  const { secret } = await signingIn();
  scene.clock.advance(2 * hour);
  // What of anna was over went with her signing in.
  expect([await scene.auth.prune(500), counts()]).toEqual([1, [1, 0, 4]]);
  expect(scene.auth.bySession(secret)?.who).toBe('anna');
  scene.clock.advance(9 * day);
  await scene.auth.prune(500);
  expect(counts()).toEqual([0, 0, 3]);
  expect(
    console
      .tokens()
      .map(({ label }) => label)
      .sort(),
  ).toEqual(['child', 'for ever', 'parent']);
  expect(scene.auth.byToken(child)?.role).toBe('viewer');
});

test('a right password is no guess, though what it leads to cannot be written', async () => {
  const proven = async (): Promise<void> => {
    throw new Error('the database is away');
  };
  for (let n = 0; n < 30; n += 1) {
    await expect(scene.auth.signIn({ name: 'anna', password: old, ...from, proven })).rejects.toThrow('away');
  }
  expect((await signingIn()).operator.name).toBe('anna');
});

test('passwords are hashed two at a time: of many strangers most are told to wait, and who is known comes first', async () => {
  let now = 0;
  let highest = 0;
  const checked: string[] = [];
  const passwords = {
    hash: async (word: string) => word,
    check: async (word: string) => {
      now += 1;
      highest = Math.max(highest, now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now -= 1;
      checked.push(word);
      return false;
    },
  };
  const auth = new ConsoleAuth({ store: scene.store.console, clock: scene.clock, passwords });
  const signIn = (name: string, ip: string, word = 'a stranger') =>
    refused(auth.signIn({ name, password: word, ip, agent: '' })).then((text) => text.split(':')[0]);
  const flood = () =>
    Promise.all(Array.from({ length: 200 }, (_, n) => signIn('anna', `2001:db8:0:${n.toString(16)}::1`)));
  const [strangers, own] = await Promise.all([flood(), signIn('anna', from.ip, 'anna herself')]);
  const count = (outcome: string) => strangers.filter((one) => one === outcome).length;
  expect([highest, count('console_sign_in'), count('console_wait')]).toEqual([2, 22, 178]);
  expect([own, checked.indexOf('anna herself')]).toEqual(['console_sign_in', 2]);
  // Whoever was sent away has not been counted, and there is room again.
  expect(await signIn('anna', '2001:db8:0:c7::1')).toBe('console_sign_in');
});
