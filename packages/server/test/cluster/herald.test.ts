import { setTimeout as sleep } from 'node:timers/promises';
import { type NodeId, nodeId } from 'ringback-protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { Herald } from '../../src/cluster/herald.ts';
import { systemClock } from '../../src/observe/system-clock.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import type { Revisions } from '../../src/ports/revisions.ts';
import type { Store } from '../../src/stores/store.ts';
import { PostOffice } from '../media/post-office.ts';
import { eachSharedStore } from '../stores/support/each-store.ts';
import { appA, appB, noon } from '../stores/support/fake-calls.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testApp } from '../support/test-app.ts';

const names = ['n1', 'n2', 'n3'].map((name) => nodeId(name)) as [NodeId, NodeId, NodeId];
const [n1, n2, n3] = names;

const heralds: Herald[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const one of heralds.splice(0)) one.close();
});

/** Lets a node tell the others; nobody writes signs of life here: who lives is what the test says. */
const heraldOf = (
  self: NodeId,
  revisions: Revisions | undefined,
  around: { readonly office: PostOffice; readonly clock?: Clock; readonly living?: readonly NodeId[] },
): void => {
  if (revisions === undefined) throw new Error('nothing of it is shared');
  const { office, clock = new ManualClock(), living = [n1, n2] } = around;
  const nodes = { self, living: () => living, isLiving: (one: NodeId) => living.includes(one) };
  heralds.push(new Herald({ nodes, mail: office.of(self), clock, revisions }));
};

const turns = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await new Promise((resolve) => setImmediate(resolve));
};

const endpoint = (id: string): Endpoint => ({
  app: appA,
  id,
  format: 'v4',
  url: 'https://example.com/hook',
  commands: [],
  secrets: ['whsec_a'],
  token: '',
  state: 'active',
});

eachSharedStore('what one node has changed', (scene) => {
  const both = async (office = new PostOffice()): Promise<readonly [Store, Store]> => {
    const [here, there] = [scene.store, await scene.beside('n2')];
    heraldOf(n1, here.revisions, { office });
    heraldOf(n2, there.revisions, { office });
    return [here, there];
  };

  test('is known at the other when the change is done: endpoints, applications, the console, push', async () => {
    const [here, there] = await both();
    await here.endpoints.save(endpoint('one'));
    expect(there.endpoints.get(appA, 'one')?.url).toBe('https://example.com/hook');
    await here.endpoints.change(appA, 'one', (kept) => kept && { ...kept, commands: ['x'] });
    expect(there.endpoints.get(appA, 'one')?.commands).toEqual(['x']);
    await there.endpoints.remove(appA, 'one');
    expect(here.endpoints.get(appA, 'one')).toBeUndefined();

    const app = testApp({ sdkAppId: appB });
    await here.apps.save(app);
    expect(there.apps.get(appB)?.keys).toEqual(app.keys);
    await here.apps.save({ ...app, keys: [] });
    expect(there.apps.get(appB)?.keys).toEqual([]);

    const { console } = here;
    await console.changeOperator('ann', () => ({ name: 'ann', role: 'owner', password: 'p', createdAt: noon }));
    await console.changeOperator('ann', (kept) => kept && { ...kept, role: 'viewer' });
    expect(there.console.operator('ann')?.role).toBe('viewer');
    const token = { hash: 'h', label: '', role: 'viewer', operator: 'ann', createdAt: noon, expiresAt: 0, usedAt: 0 };
    await console.saveToken({ ...token, id: 't', role: 'viewer' });
    expect(there.console.token('t')?.operator).toBe('ann');
    await console.removeToken('t');
    expect(there.console.token('t')).toBeUndefined();
    const session = { hash: 's', operator: 'ann', createdAt: noon, seenAt: noon, ip: '', agent: '' };
    await console.saveSession(session);
    expect(there.console.session('s')?.operator).toBe('ann');
    await console.removeSession('s');
    expect(there.console.session('s')).toBeUndefined();

    const setup = { kind: 'webhook', url: 'https://a.example', secrets: ['whsec_x'] } as const;
    await here.pushProviders.change(appB, 'own', () => ({ app: appB, name: 'own', setup }));
    expect(there.pushProviders.of(appB).map(({ name }) => name)).toEqual(['own']);
  });

  test('is known when the change is done, too, at one that needs a while to look, and has just done so', async () => {
    const office = new PostOffice();
    const [here, there] = [scene.store, await scene.beside('n2')];
    heraldOf(n1, here.revisions, { office, clock: systemClock });
    heraldOf(n2, there.revisions, { office });
    const refresh = there.accounts as unknown as { refresh: () => Promise<void> };
    // Each look ends with this.
    vi.spyOn(refresh, 'refresh').mockImplementation(() => sleep(60));
    // On a busy machine a node may need longer than it is waited for, but not each time.
    for (let n = 0, known = false; !known; n += 1) {
      expect(n).toBeLessThan(20);
      const id = `one${n % 5}`;
      await here.endpoints.remove(appA, id);
      await there.revisions?.look();
      await here.endpoints.save(endpoint(id));
      known = there.endpoints.get(appA, id)?.id === id;
    }
  });

  test('is known a second later where nothing can be told, and holds up no change', async () => {
    const office = new PostOffice();
    const [here, there] = await both(office);
    office.cutOff.add(n1);
    // The second's own look must not come in between.
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const refresh = there.endpoints as unknown as { refresh: () => Promise<void> };
    const read = refresh.refresh.bind(there.endpoints);
    vi.spyOn(refresh, 'refresh').mockImplementation(() => held.then(read));
    await here.endpoints.save(endpoint('one'));
    const known = [office.sent, there.endpoints.get(appA, 'one')];
    goOn();
    expect(known).toEqual([0, undefined]);
    await vi.waitFor(() => expect(there.endpoints.get(appA, 'one')?.id).toBe('one'), 10_000);
  });

  test('tells of nothing when nothing has changed, nor of a request of a session', async () => {
    const office = new PostOffice();
    const [here] = await both(office);
    await here.endpoints.save(endpoint('one'));
    const session = { hash: 's', operator: 'ann', createdAt: noon, seenAt: noon, ip: '', agent: '' };
    await here.console.saveSession(session);
    const { sent } = office;
    await here.endpoints.change(appA, 'one', (kept) => kept);
    await here.console.touchSession('s', noon + 60_000);
    expect(office.sent).toBe(sent);
  });

  test('is looked at by one look at a time, however often it is told', async () => {
    const [, there] = await both();
    if (there.revisions === undefined) throw new Error('nothing of it is shared');
    let [reading, most, reads] = [0, 0, 0];
    const refresh = there.accounts as unknown as { refresh: () => Promise<void> };
    const read = refresh.refresh.bind(there.accounts);
    // Each look ends with this.
    vi.spyOn(refresh, 'refresh').mockImplementation(async () => {
      reads += 1;
      reading += 1;
      most = Math.max(most, reading);
      await read();
      reading -= 1;
    });
    const first = there.revisions.look();
    await turns();
    const many = Array.from({ length: 200 }, () => there.revisions?.look());
    await Promise.all([first, ...many]);
    // The second's own look may come in between.
    expect([most, reads]).toEqual([1, expect.toSatisfy((n: number) => n <= 3)]);
  });
});

test('a change waits a fifth of a second for a node that does not answer, and for the others no longer than they take', async () => {
  const [office, clock] = [new PostOffice(), new ManualClock()];
  let tell = async (): Promise<void> => {};
  const living = [n1, n2, n3];
  heraldOf(n1, { look: async () => {}, onChange: (told) => (tell = told) }, { office, clock, living });
  const looks = { n2: 0, n3: 0 };
  const counting = (name: keyof typeof looks, away = false): Revisions => ({
    look: async () => {
      looks[name] += 1;
      if (away) throw new Error('the database is away');
    },
    onChange: () => {},
  });
  heraldOf(n2, counting('n2'), { office, living });
  heraldOf(n3, counting('n3', true), { office, living });
  let over = false;
  const told = tell().then(() => {
    over = true;
  });
  await turns();
  clock.advance(199);
  await turns();
  expect([looks, over]).toEqual([{ n2: 1, n3: 1 }, false]);
  clock.advance(1);
  await told;
  // An answer that comes late, or that nobody has asked for, is passed over; so is what no node says.
  const mail = office.of(n2);
  for (const text of ['', 'null', '[]', '{"from":"n2","n":1}', '{"from":"n2","n":1,"read":true}']) {
    mail.send(n1, 'changed', text);
  }
  const { sent } = office;
  for (const from of ['stranger', 7]) mail.send(n2, 'changed', JSON.stringify({ from, n: 1, read: false }));
  await turns();
  expect([looks.n2, office.sent]).toEqual([1, sent + 2]);
  // Who is closed waits for nobody.
  const last = tell();
  for (const one of heralds) one.close();
  await last;
  await tell();
});
