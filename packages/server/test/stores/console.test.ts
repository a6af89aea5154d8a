import { expect, test } from 'vitest';
import type { ConsoleSession } from '../../src/ports/console.ts';
import { eachStore } from './support/each-store.ts';
import { appA, noon } from './support/fake-calls.ts';

const owner = (name: string) => ({ name, role: 'owner', password: 'hash', createdAt: noon }) as const;
const session = (hash: string, operator: string): ConsoleSession => ({
  hash,
  operator,
  createdAt: noon,
  seenAt: noon,
  ip: '192.0.2.1',
  agent: 'Browser',
});
const token = (id: string, operator: string) =>
  ({ id, hash: `h${id}`, label: 'Build', role: 'viewer', operator, createdAt: noon, expiresAt: 0, usedAt: 0 }) as const;
const link = (hash: string, operator: string) => ({ hash, operator, role: 'owner', expiresAt: noon + 1000 }) as const;

eachStore('what the console keeps', (scene) => {
  test('is there after a restart, until it is removed', async () => {
    const { console } = scene.store;
    await console.changeOperator('ann', () => owner('ann'));
    await console.saveSession(session('s1', 'ann'));
    await console.saveToken(token('t1', 'ann'));
    await console.saveLink(link('l1', 'ann'));
    await scene.reopen();
    const again = scene.store.console;
    expect([again.operators(), again.sessions(), again.tokens()]).toEqual([
      [owner('ann')],
      [session('s1', 'ann')],
      [token('t1', 'ann')],
    ]);
    expect(again.link('l1')).toEqual(link('l1', 'ann'));
    await again.removeSession('s1');
    await again.removeToken('t1');
    await scene.reopen();
    expect([scene.store.console.session('s1'), scene.store.console.token('t1')]).toEqual([undefined, undefined]);
  });

  test('a session is bound to other passwords, and one that is gone stays gone', async () => {
    const { console } = scene.store;
    await console.saveSession(session('s1', 'ann'));
    await console.bindSession('s1', ['p1', 'p2']);
    await console.touchSession('s1', noon + 1);
    await console.bindSession('s2', ['p1']);
    const expected = [{ ...session('s1', 'ann'), passwords: ['p1', 'p2'], seenAt: noon + 1 }];
    expect(scene.store.console.sessions()).toEqual(expected);
    await scene.reopen();
    expect(scene.store.console.sessions()).toEqual(expected);
  });

  test('goes with its operator, and that of others stays', async () => {
    const { console } = scene.store;
    for (const name of ['ann', 'bea']) {
      await console.changeOperator(name, () => owner(name));
      await console.saveSession(session(`s-${name}`, name));
      await console.saveToken(token(`t-${name}`, name));
      await console.saveLink(link(`l-${name}`, name));
    }
    await console.removeOperator('ann');
    const names = () => {
      const { console: now } = scene.store;
      return [
        now.operators().map(({ name }) => name),
        now.sessions().map(({ hash }) => hash),
        now.tokens().map(({ id }) => id),
        ['l-ann', 'l-bea'].filter((hash) => now.link(hash) !== undefined),
      ];
    };
    expect(names()).toEqual([['bea'], ['s-bea'], ['t-bea'], ['l-bea']]);
    await scene.reopen();
    expect(names()).toEqual([['bea'], ['s-bea'], ['t-bea'], ['l-bea']]);
  });

  test('a use that is noted while a token, a session or an operator is removed brings none of them back', async () => {
    const { console } = scene.store;
    await console.changeOperator('ann', () => owner('ann'));
    for (const n of [1, 2]) {
      await console.saveSession(session(`s${n}`, 'ann'));
      await console.saveToken(token(`t${n}`, 'ann'));
    }
    await Promise.all([
      console.touchSession('s1', noon + 1),
      console.touchToken('t1', noon + 1),
      console.touchSession('s2', noon + 1),
      console.touchToken('t2', noon + 1),
      console.removeSession('s1'),
      console.removeToken('t1'),
    ]);
    await Promise.all([console.touchSession('s1', noon + 2), console.touchToken('t1', noon + 2)]);
    const kept = () => [scene.store.console.sessions(), scene.store.console.tokens()];
    const noted = [[{ ...session('s2', 'ann'), seenAt: noon + 1 }], [{ ...token('t2', 'ann'), usedAt: noon + 1 }]];
    expect(kept()).toEqual(noted);
    await scene.reopen();
    expect(kept()).toEqual(noted);
    const { console: now } = scene.store;
    await Promise.all([
      now.changeOperator('ann', (kept) => kept && { ...kept, role: 'viewer' }),
      now.removeOperator('ann'),
    ]);
    expect(now.operators()).toEqual([]);
    await scene.reopen();
    expect(scene.store.console.operators()).toEqual([]);
  });

  test('a link is taken by one of those who ask at once', async () => {
    const { console } = scene.store;
    await console.saveLink(link('l1', 'ann'));
    const taken = await Promise.all([1, 2, 3].map(() => console.takeLink('l1')));
    expect(taken.filter((one) => one !== undefined)).toEqual([link('l1', 'ann')]);
    await scene.reopen();
    expect(scene.store.console.link('l1')).toBeUndefined();
  });

  test('a link takes the others of its operator along, and those of others stay', async () => {
    const { console } = scene.store;
    for (const one of [link('l1', 'ann'), link('l2', 'ann'), link('l3', 'bea')]) await console.saveLink(one);
    expect(await console.takeLink('l2')).toEqual(link('l2', 'ann'));
    expect(console.links()).toEqual([link('l3', 'bea')]);
    expect(await console.takeLink('l1')).toBeUndefined();
    await scene.reopen();
    expect(scene.store.console.links()).toEqual([link('l3', 'bea')]);
  });

  test('what is over is forgotten for good, and nothing else', async () => {
    const { console } = scene.store;
    for (const n of [1, 2]) {
      await console.saveSession(session(`s${n}`, 'ann'));
      await console.saveLink(link(`l${n}`, 'ann'));
      await console.saveToken(token(`t${n}`, 'ann'));
    }
    await console.forget({ sessions: ['s1'], links: ['l1'], tokens: ['t1', 'never there'] });
    const kept = () => {
      const { console: now } = scene.store;
      return [
        now.sessions().map((one) => one.hash),
        now.links().map((one) => one.hash),
        now.tokens().map((one) => one.id),
      ];
    };
    expect(kept()).toEqual([['s2'], ['l2'], ['t2']]);
    await scene.reopen();
    expect(kept()).toEqual([['s2'], ['l2'], ['t2']]);
  });

  test('a change of an operator starts from what is kept, and one that is refused changes nothing', async () => {
    const { console } = scene.store;
    expect(await console.changeOperator('ann', (kept) => kept && { ...kept, role: 'viewer' })).toBeUndefined();
    await console.changeOperator('ann', () => owner('ann'));
    const [role] = await Promise.all([
      console.changeOperator('ann', (kept) => kept && { ...kept, role: 'viewer' }),
      console.changeOperator('ann', (kept) => kept && { ...kept, password: 'new' }),
    ]);
    expect(role?.role).toBe('viewer');
    const no = () => {
      throw new Error('no');
    };
    await expect(console.changeOperator('ann', no)).rejects.toThrow('no');
    await console.saveSession(session('s1', 'ann'));
    await expect(console.removeOperator('ann', no)).rejects.toThrow('no');
    expect(console.session('s1')).toEqual(session('s1', 'ann'));
    await scene.reopen();
    expect(scene.store.console.operators()).toEqual([{ ...owner('ann'), role: 'viewer', password: 'new' }]);
    expect(scene.store.console.session('s1')).toEqual(session('s1', 'ann'));
  });

  test('the audit log is read backwards, page by page, by person and application, and old entries go', async () => {
    const { console } = scene.store;
    const entry = (n: number) => ({
      at: noon + n,
      who: n % 2 === 0 ? 'ann' : 'cli',
      ip: '',
      operation: `op${n}`,
      app: n === 3 ? appA : (0 as const),
      input: '{}',
      outcome: 'ok',
    });
    const places: number[] = [];
    for (const n of [0, 1, 2, 3, 4]) places.push(await console.audit(entry(n)));
    await console.auditEnd(places[3] ?? 0, 'internal');
    expect((await console.auditLog({ limit: 10 })).map(({ place, outcome }) => [place, outcome]).reverse()).toEqual(
      places.map((place, n) => [place, n === 3 ? 'internal' : 'ok']),
    );
    const operations = async (asked: Parameters<typeof console.auditLog>[0]) =>
      (await console.auditLog(asked)).map(({ operation }) => operation);
    expect(await operations({ limit: 10 })).toEqual(['op4', 'op3', 'op2', 'op1', 'op0']);
    const before = (await console.auditLog({ limit: 2 })).at(-1)?.place ?? 0;
    expect(await operations({ limit: 2, before })).toEqual(['op2', 'op1']);
    expect(await operations({ limit: 10, who: 'cli' })).toEqual(['op3', 'op1']);
    expect(await operations({ limit: 10, app: appA })).toEqual(['op3']);
    expect(await console.pruneAudit(noon + 2, 10)).toBe(2);
    expect(await operations({ limit: 10 })).toEqual(['op4', 'op3', 'op2']);
  });
});
