import { randomUUID } from 'node:crypto';
import { sdkAppId } from 'ringback-protocol';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { controlClient } from '../../src/admin/control-client.ts';
import { configure } from '../../src/commands/callback.ts';
import type { CommandContext } from '../../src/commands/command.ts';
import { type AdminScene, adminScene, refused } from '../support/admin-scene.ts';
import { parsed } from '../support/cli.ts';
import { ok, Receiver } from '../webhooks/receiver.ts';

let scene: AdminScene;
let there: Receiver;
// biome-ignore lint/suspicious/noExplicitAny: answers are judged member by member.
type Answer = any;
let app: number;

beforeEach(async () => {
  scene = await adminScene();
  there = await Receiver.open();
  app = ((await scene.ask('app.create', {})) as Answer).id;
});
afterEach(async () => {
  await scene.close();
  await there.stop();
});

const ask = (name: string, input: object = {}): Promise<Answer> => scene.ask(name, { app, ...input }) as never;
/** What a command needs that sets a callback. */
const commandContext = () => {
  const known = { app: { sdkAppId: sdkAppId(app) }, endpoints: scene.store.endpoints, webhookProblem: () => undefined };
  return known as unknown as CommandContext;
};
const settled = async () => {
  for (let i = 0; i < 400; i += 1) {
    if ((await ask('endpoints.list')).every(({ waiting }: Answer) => waiting === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('Something still waits.');
};

describe('endpoints', () => {
  it('are added with a secret of their own, listed without it, and told what they want', async () => {
    const added = await ask('endpoints.add', { id: 'crm', url: there.url, events: ['end-call'], token: 'sesame' });
    expect(added).toMatchObject({ id: 'crm', state: 'active', token: true, commands: ['Call.CallbackAfterEndCall'] });
    expect(added.secrets).toEqual([expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/)]);
    const [listed] = await ask('endpoints.list');
    expect(listed.secrets[0]).toBe(`whsec_…${added.secrets[0].slice(-5)}`);
    await ask('webhooks.trigger', { event: 'call' });
    await there.gets(1);
    expect(there.got[0]?.query.get('CallbackCommand')).toBe('Call.CallbackAfterEndCall');
    expect(there.got[0]?.query.get('Sign')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keep two secrets while they are rotated', async () => {
    const {
      secrets: [first],
    } = await ask('endpoints.add', { id: 'crm', url: there.url });
    const { secrets } = await ask('endpoints.rotate', { id: 'crm' });
    expect(secrets[1]).toBe(first);
    scene.clock.advance(Date.now() - scene.clock.now());
    await ask('webhooks.test', { endpoint: 'crm' });
    const [got] = there.got;
    const headers = got?.headers as Record<string, string>;
    for (const secret of secrets) new Webhook(secret).verify(got?.text ?? '', headers);
    await ask('endpoints.retire', { id: 'crm' });
    await ask('webhooks.test', { endpoint: 'crm' });
    expect(() => new Webhook(first).verify(there.got[1]?.text ?? '', there.got[1]?.headers as never)).toThrow();
    expect(await refused(ask('endpoints.retire', { id: 'crm' }))).toContain('one secret only');
    expect(await refused(ask('endpoints.rotate', { id: 'crm', secret: 'whsec_short' }))).toContain('24 to 64 bytes');
    const own = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    expect((await ask('endpoints.rotate', { id: 'crm', secret: own })).secrets[0]).toBe(own);
  });

  it('keep what an operator changes while the application sets its callback over and over', async () => {
    const context = commandContext();
    const kind = { id: 'callback', format: 'v4' } as const;
    const setTo = (n: number) =>
      configure(context, kind, { url: `http://a.example/${n}`, commands: ['Call.CallbackAfterEndCall'] }, 'Url');
    await setTo(0);
    let done = false;
    let sets = 0;
    const setting = Promise.all(
      [1, 2].map(async () => {
        while (!done) {
          sets += 1;
          await setTo(sets);
        }
      }),
    );
    for (let round = 0; round < 10; round += 1) {
      const { secrets } = await ask('endpoints.rotate', { id: 'callback' });
      expect((await ask('endpoints.secrets', { id: 'callback' })).secrets).toEqual(secrets);
      const state = round % 2 === 0 ? 'paused' : 'active';
      await ask(round % 2 === 0 ? 'endpoints.pause' : 'endpoints.resume', { id: 'callback' });
      await ask('endpoints.change', { id: 'callback', token: `t${round}` });
      expect(scene.store.endpoints.get(sdkAppId(app), 'callback')).toMatchObject({
        state,
        token: `t${round}`,
        secrets,
      });
    }
    done = true;
    await setting;
    expect(scene.store.endpoints.get(sdkAppId(app), 'callback')?.url).toMatch(/^http:\/\/a\.example\/\d+$/);
  });

  it('are paused, resumed, changed and removed', async () => {
    await ask('endpoints.add', { id: 'crm', url: 'http://127.0.0.1:1/' });
    expect((await ask('endpoints.pause', { id: 'crm' })).state).toBe('paused');
    await ask('webhooks.trigger', { event: 'start-call' });
    expect((await ask('endpoints.list'))[0]).toMatchObject({ waiting: 1, parked: 0 });
    await ask('endpoints.change', { id: 'crm', url: there.url, events: ['start-call', 'member-changed'] });
    expect(there.got).toEqual([]);
    await ask('endpoints.resume', { id: 'crm' });
    await there.gets(1);
    await settled();
    await ask('endpoints.remove', { id: 'crm' });
    expect(await ask('endpoints.list')).toEqual([]);
  });

  it.each<[string, string, object, string]>([
    ['a bad name', 'endpoints.add', { id: 'No Good', url: 'https://a.example' }, 'id must be'],
    ['the name of the API', 'endpoints.add', { id: 'callback', url: 'https://a.example' }, 'take another name'],
    ['a private address', 'endpoints.add', { id: 'a', url: 'http://10.0.0.1/' }, 'private'],
    [
      'an unknown event',
      'endpoints.add',
      { id: 'a', url: 'https://a.example', events: ['ring'] },
      'There is no event ring',
    ],
    ['an endpoint that is not there', 'endpoints.pause', { id: 'zzz' }, 'has no endpoint zzz'],
    ['nothing to replay', 'webhooks.replay', {}, 'Say what to replay'],
    ['two things to replay', 'webhooks.replay', { parked: true, from: 1 }, 'Say what to replay'],
    ['a time that ends before it begins', 'webhooks.replay', { from: 2, to: 1 }, 'from must not be after to'],
    ['an id that is none', 'webhooks.replay', { event: 'x' }, 'a webhook-id'],
    ['an unknown trigger', 'webhooks.trigger', { event: 'ring' }, 'There is no event ring'],
    ['a trigger that every object has', 'webhooks.trigger', { event: 'constructor' }, 'There is no event constructor'],
    ['a call to oneself', 'webhooks.trigger', { event: 'call', callee: 'alice' }, 'two different users'],
  ])('refuse %s with a sentence', async (_, name, input, sentence) => {
    expect(await refused(ask(name, input))).toContain(sentence);
  });

  it('are ten of an application at most', async () => {
    for (let n = 0; n < 10; n += 1) await ask('endpoints.add', { id: `e${n}`, url: 'https://a.example' });
    expect(await refused(ask('endpoints.add', { id: 'e10', url: 'https://a.example' }))).toContain('the most');
  });
});

/** Waits until so many attempts are in the log. */
const logged = async (count: number) => {
  for (let i = 0; i < 400; i += 1) {
    if ((await ask('webhooks.log')).attempts.length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`There are not ${count} attempts in the log.`);
};

describe('the log of attempts', () => {
  it('has every attempt with what was sent and what came back, the newest first, in pages', async () => {
    await ask('endpoints.add', { id: 'crm', url: `${there.url}?k=v` });
    there.reply = (answer) => answer(500, `no\u0000${'x'.repeat(10_000)}`);
    const { callId } = await ask('webhooks.trigger', { event: 'start-call' });
    for (let n = 1; n <= 3; n += 1) {
      await logged(n);
      scene.clock.advance(2000);
    }
    await logged(4);
    const { attempts } = await ask('webhooks.log', { callId });
    expect(attempts.map((one: Answer) => one.attempt)).toEqual([4, 3, 2, 1]);
    const first = attempts.at(-1);
    expect(first).toMatchObject({
      app,
      endpoint: 'crm',
      webhookId: `${callId}-1`,
      command: 'Call.CallbackAfterStartCall',
      outcome: 'failed',
      status: 500,
      error: 'The receiver answered HTTP 500.',
    });
    expect(first.nextAt - first.at).toBe(1000);
    expect(first.answer.length).toBe(4096);
    expect(first.url).toContain('?k=v&SdkAppid=');
    expect(JSON.parse(first.body).CallInfo.CallId).toBe(callId);
    const pages = [];
    for (let after: string | undefined; ; ) {
      const page: Answer = await ask('webhooks.log', { limit: 1, ...(after && { after }) });
      pages.push(...page.attempts.map((one: Answer) => one.attempt));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(pages).toEqual(attempts.map((one: Answer) => one.attempt));
    const end = (await ask('webhooks.log', { limit: 1 })).next;
    for (const after of [
      'x',
      '1/crm',
      end.replace(/^\d+/, '1e999'),
      end.replace('crm', 'C\u0000'),
      end.replace(callId, 'x'),
    ])
      for (const [name, more] of [
        ['webhooks.log', {}],
        ['webhooks.parked', { endpoint: 'crm' }],
      ] as const)
        await expect(ask(name, { ...more, after })).rejects.toThrow('after must be the `next` of the page before.');
    expect((await ask('webhooks.log', { failed: true, to: first.at })).attempts.length).toBe(1);
    expect((await ask('webhooks.log', { endpoint: 'other' })).attempts).toEqual([]);
    expect((await ask('webhooks.log', { event: `${callId}-2` })).attempts).toEqual([]);
  });

  it('forgets what is older than the operator keeps, parked events too', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    await ask('webhooks.trigger', { event: 'start-call' });
    await there.gets(1);
    await logged(1);
    const { pendingEvents } = scene.store;
    expect(await pendingEvents.pruneLog(scene.clock.now() - 100_000, 100)).toBe(0);
    scene.clock.advance(10_000);
    expect(await pendingEvents.pruneLog(scene.clock.now(), 100)).toBe(1);
    expect(await pendingEvents.pruneLog(scene.clock.now(), 100)).toBe(0);
    expect((await ask('webhooks.log')).attempts).toEqual([]);
  });
});

describe('replay', () => {
  const ids = () => there.ids.splice(0);
  const forget = () => {
    there.got.length = 0;
  };

  it('delivers one event again, with the same id, time and body', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    const { events } = await ask('webhooks.trigger', { event: 'call' });
    await there.gets(4);
    await settled();
    const before = there.got[1];
    forget();
    expect(await ask('webhooks.replay', { event: events[1].webhookId })).toEqual({ crm: 1 });
    await there.gets(1);
    await settled();
    expect(there.got[0]?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
    expect(there.got[0]?.text).toBe(before?.text);
    expect([...(there.got[0]?.query ?? [])]).toEqual([...(before?.query ?? [])]);
    expect(await ask('webhooks.replay', { event: `${randomUUID()}-1` })).toEqual({ crm: 0 });
  });

  it('knows an event by the id of either format; a receiver that takes both gets no id twice', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    const kind = { id: 'legacy', format: 'v1' } as const;
    await configure(commandContext(), kind, { url: there.url, commands: ['caller_start_call'] }, 'Url');
    there.reply = (answer) => answer(200, '{"ErrorCode":0}');
    const { callId } = await ask('webhooks.trigger', { event: 'start-call' });
    await there.gets(2);
    await logged(2);
    expect(ids().sort()).toEqual([`${callId}-1`, `${callId}-1-v1-0`]);
    forget();
    const event = `${callId}-1-v1-0`;
    expect((await ask('webhooks.log', { event, endpoint: 'legacy' })).attempts).toMatchObject([{ webhookId: event }]);
    expect(await ask('webhooks.replay', { event, endpoint: 'legacy' })).toEqual({ legacy: 1 });
    await there.gets(1);
    expect(ids()).toEqual([event]);
  });

  it('delivers what an id names, and nothing beside it: one word of the legacy API, or the event of the API', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    const commands = ['callee_accept_call', 'caller_call_accepted', 'caller_start_call'];
    await configure(commandContext(), { id: 'legacy', format: 'v1' }, { url: there.url, commands }, 'Url');
    there.reply = (answer) => answer(200, '{"ErrorCode":0}');
    const { callId, events } = await ask('webhooks.trigger', { event: 'call' });
    await there.gets(7);
    await settled();
    expect(ids().sort()).toEqual(events.map((one: Answer) => one.webhookId).sort());
    forget();
    const words = events.filter((one: Answer) => one.endpoints[0] === 'legacy');
    expect(words.map((one: Answer) => one.command).sort()).toEqual([...commands].sort());
    scene.clock.advance(1000);
    const { webhookId: word } = words.find((one: Answer) => one.command === 'caller_call_accepted');
    expect(await ask('webhooks.replay', { event: word })).toEqual({ crm: 0, legacy: 1 });
    await there.gets(1);
    await settled();
    expect(ids()).toEqual([word]);
    forget();
    const event = `${callId}-2`;
    expect(await ask('webhooks.replay', { event })).toEqual({ crm: 1, legacy: 0 });
    await there.gets(1);
    await settled();
    expect(ids()).toEqual([event]);
    for (const id of [word, event]) {
      const { attempts } = await ask('webhooks.log', { event: id });
      expect(attempts.map((one: Answer) => one.webhookId)).toEqual([id, id]);
    }
  });

  it('delivers the events of a time again, each once, at the endpoints that are named', async () => {
    await ask('endpoints.add', { id: 'a', url: there.url });
    await ask('endpoints.add', { id: 'b', url: there.url });
    const first = await ask('webhooks.trigger', { event: 'call' });
    await there.gets(8);
    await settled();
    const from = scene.clock.now() - 100_000;
    const to = scene.clock.now() + 1000;
    scene.clock.advance(3_600_000);
    await ask('webhooks.trigger', { event: 'call' });
    await there.gets(16);
    await settled();
    forget();
    expect(await ask('webhooks.replay', { from, to, endpoint: 'a' })).toEqual({ a: 4 });
    await there.gets(4);
    await settled();
    expect(ids()).toEqual(first.events.map((one: Answer) => one.webhookId));
    expect(await ask('webhooks.replay', { from, to })).toEqual({ a: 4, b: 4 });
    await settled();
    expect(await ask('webhooks.replay', { from: 1, to: 2 })).toEqual({ a: 0, b: 0 });
  });

  it('delivers all that was given up, in order', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    there.reply = (answer) => answer(500);
    const { callId } = await ask('webhooks.trigger', { event: 'call' });
    await logged(1);
    scene.clock.advance(96 * 3_600_000);
    await logged(2);
    expect((await ask('endpoints.list'))[0]).toMatchObject({ waiting: 0, parked: 4 });
    expect((await ask('webhooks.parked', { endpoint: 'crm' })).parked.map((one: Answer) => one.webhookId)).toEqual(
      [1, 2, 3, 4].map((seq) => `${callId}-${seq}`),
    );
    const parked = (...more: readonly string[]) => parsed(['webhooks', 'parked', 'crm', ...more, '--data', scene.data]);
    const idsIn = (out: string) => out.match(/[0-9a-f-]{36}-\d/g);
    const page = await parked('--limit', '3');
    expect([page.code, idsIn(page.out)]).toEqual([0, [1, 2, 3].map((seq) => `${callId}-${seq}`)]);
    const [, after = ''] = /^There is more: add --after (\S+)\n$/.exec(page.err) ?? [];
    const last = await parked('--limit', '3', '--after', after);
    expect([last, idsIn(last.out)]).toMatchObject([{ code: 0, err: '' }, [`${callId}-4`]]);
    expect(await parked()).toMatchObject({ code: 0, err: '' });
    there.reply = (answer) => answer(200, ok);
    forget();
    expect(await ask('webhooks.replay', { parked: true })).toEqual({ crm: 4 });
    await there.gets(4);
    expect(there.ids).toEqual([1, 2, 3, 4].map((seq) => `${callId}-${seq}`));
    await settled();
    expect((await ask('endpoints.list'))[0]).toMatchObject({ waiting: 0, parked: 0 });
  });

  it('that takes long holds up no other change, and another replay waits for it', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    let goOn = (): void => {};
    const replay = vi.spyOn(scene.store.pendingEvents, 'replay');
    replay.mockReturnValueOnce(new Promise((resolve) => (goOn = () => resolve({ count: 0, fresh: 0 }))));
    const first = ask('webhooks.replay', { parked: true });
    await vi.waitFor(() => expect(replay).toHaveBeenCalledTimes(1));
    expect(await ask('endpoints.pause', { id: 'crm' })).toMatchObject({ state: 'paused' });
    const second = ask('webhooks.replay', { parked: true });
    expect(await ask('endpoints.resume', { id: 'crm' })).toMatchObject({ state: 'active' });
    expect(replay).toHaveBeenCalledTimes(1);
    goOn();
    expect([await first, await second]).toEqual([{ crm: 0 }, { crm: 0 }]);
    expect(replay).toHaveBeenCalledTimes(2);
  });

  it('that the database breaks off delivers what waits again by then, and says how many', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    for (let n = 0; n < 130; n += 1) await ask('webhooks.trigger', { event: 'call' });
    await there.gets(520);
    await settled();
    forget();
    const add = vi.spyOn(scene.store.pendingEvents, 'add');
    const real = add.getMockImplementation() ?? Object.getPrototypeOf(scene.store.pendingEvents).add;
    add.mockImplementationOnce(real).mockRejectedValueOnce(new Error('the database is away'));
    const all = { from: 0, to: scene.clock.now() + 1000 };
    expect(await refused(ask('webhooks.replay', all))).toContain(
      '500 events wait again; then something failed, and the log says what.',
    );
    expect(scene.failures.splice(0)).toEqual([new Error('the database is away')]);
    await there.gets(500);
    await settled();
    expect(there.got.length).toBe(500);
    add.mockRejectedValueOnce(new Error('the database is away'));
    await expect(ask('webhooks.replay', all)).rejects.toThrow('its log says why');
    expect(await ask('webhooks.replay', all)).toEqual({ crm: 520 });
  });

  it('ends at an endpoint that is removed meanwhile', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    const each: boolean[] = [];
    vi.spyOn(scene.store.pendingEvents, 'replay').mockImplementationOnce(async (_endpoint, _choice, goesOn) => {
      each.push(goesOn?.({ count: 1, fresh: 0 }) ?? true);
      await ask('endpoints.remove', { id: 'crm' });
      each.push(goesOn?.({ count: 1, fresh: 0 }) ?? true);
      return { count: 2, fresh: 0 };
    });
    expect(await ask('webhooks.replay', { parked: true })).toEqual({ crm: 2 });
    expect(each).toEqual([true, false]);
  });
});

describe('a change whose turn comes when nobody waits for it any more', () => {
  it('is not made: who was told that the server is silent asks again, and means one', async () => {
    const { secrets } = await ask('endpoints.add', { id: 'crm', url: there.url });
    let goOn = (): void => {};
    const change = vi.spyOn(scene.store.apps, 'change');
    change.mockReturnValueOnce(new Promise((_, reject) => (goOn = () => reject(new Error('cut off')))));
    const first = scene.ask('app.create', {}).catch((error: Error) => error.message);
    await vi.waitFor(() => expect(change).toHaveBeenCalled());
    const hasty = controlClient(scene.data, 200);
    await expect(hasty('endpoints.rotate', { app, id: 'crm' })).rejects.toMatchObject({ name: 'NoServer' });
    const again = ask('endpoints.rotate', { id: 'crm' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    goOn();
    expect(await first).toContain('its log says why');
    expect((await again).secrets).toEqual([expect.any(String), secrets[0]]);
    const names = (await scene.store.console.auditLog({ limit: 10 })).map((one) => one.operation);
    expect(names.filter((name) => name === 'endpoints.rotate')).toHaveLength(1);
  });
});

describe('a test event', () => {
  it('that is not answered keeps nobody waiting who only looks', async () => {
    let goOn = (): void => {};
    there.reply = (answer) => {
      goOn = () => answer(200, ok);
    };
    await ask('endpoints.add', { id: 'crm', url: there.url });
    const sent = ask('webhooks.test', { endpoint: 'crm' });
    await there.gets(1);
    await scene.ask('status', {});
    await ask('webhooks.log');
    await ask('endpoints.list');
    goOn();
    expect((await sent).status).toBe(200);
  });

  it('is sent once and tells what came back; the log has it', async () => {
    await ask('endpoints.add', { id: 'crm', url: there.url });
    const good = await ask('webhooks.test', { endpoint: 'crm' });
    expect(good).toMatchObject({ status: 200, error: '', answer: ok });
    there.reply = (answer) => answer(503, 'later');
    expect(await ask('webhooks.test', { endpoint: 'crm' })).toMatchObject({
      status: 503,
      error: 'The receiver answered HTTP 503.',
      answer: 'later',
    });
    scene.clock.advance(100_000);
    expect(there.got.length).toBe(2);
    const { attempts } = await ask('webhooks.log');
    expect(attempts.map((one: Answer) => one.outcome)).toEqual(['test', 'test']);
  });
});
