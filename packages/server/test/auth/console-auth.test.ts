import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
  await scene.store.console.saveOperator(reset);
  expect(await changed).toMatch(/^console_sign_in/);
  expect(kept()).toEqual(reset);
});

test('nobody signs in who is removed, or has another password, while theirs is checked', async () => {
  const first = refused(signingIn());
  await scene.store.console.saveOperator({ ...kept(), password: 'set by link' });
  expect(await first).toMatch(/^console_sign_in/);
  const { secret } = await scene.auth.makeLink('anna', 'owner');
  await scene.auth.redeem(secret, old, from);
  const second = refused(signingIn());
  await scene.ask('operators.remove', { name: 'anna' });
  expect(await second).toMatch(/^console_sign_in/);
  expect(scene.store.console.sessions().filter(({ operator }) => operator === 'anna')).toEqual([]);
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
