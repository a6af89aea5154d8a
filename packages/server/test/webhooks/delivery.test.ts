import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { makeWebhookSecret } from '../../src/auth/webhook-secret.ts';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import { signedHeaders, tokenSign } from '../../src/webhooks/sign.ts';
import { appA, idOf } from '../stores/support/fake-calls.ts';
import { ok, Receiver, type Reply } from './receiver.ts';
import { type SceneOptions, WebhookScene } from './scene.ts';

let scene: WebhookScene;
const receivers: Receiver[] = [];

async function open(options?: SceneOptions): Promise<void> {
  scene = await WebhookScene.open(options);
}

async function receiver(reply?: Reply): Promise<Receiver> {
  const one = await Receiver.open(reply);
  receivers.push(one);
  return one;
}

afterEach(async () => {
  await scene.close();
  for (const one of receivers.splice(0)) await one.stop().catch(() => {});
});

/** s; where the clock of these tests begins. */
const start = 1_700_000_000;

describe('a delivery', () => {
  it('is a POST of JSON whose URL carries the documented parameters in the documented order', async () => {
    await open();
    const there = await receiver();
    await scene.endpoint(there.url);
    await scene.write(scene.event(1));
    const [got] = await there.gets(1);
    expect(got?.method).toBe('POST');
    expect(got?.headers['content-type']).toBe('application/json');
    expect(got?.path).toBe('/hook');
    expect([...(got?.query ?? [])]).toEqual([
      ['SdkAppid', String(appA)],
      ['CallbackCommand', 'Call.CallbackAfterStartCall'],
      ['contenttype', 'json'],
      ['ClientIP', '203.0.113.7'],
      ['OptPlatform', 'Web'],
    ]);
    expect(got?.body).toEqual({ CallId: idOf(1), EventSeq: 1 });
    await scene.tried(1);
    expect(scene.onDisk).toEqual([]);
    expect(scene.waiting).toBe(0);
  });

  it('keeps the query that the configured URL has, and leaves its fragment at home', async () => {
    await open();
    const there = await receiver();
    await scene.endpoint(`${there.url}?token=a%20b&x=1#part`);
    await scene.write(scene.event(1));
    const [got] = await there.gets(1);
    expect([...(got?.query ?? [])].slice(0, 3)).toEqual([
      ['token', 'a b'],
      ['x', '1'],
      ['SdkAppid', String(appA)],
    ]);
  });

  it('is signed so that the published Standard Webhooks package accepts it, under each of two secrets', async () => {
    await open();
    const there = await receiver();
    const secrets = [makeWebhookSecret(), makeWebhookSecret()];
    await scene.endpoint(there.url, { secrets });
    scene.clock.advance(Date.now() - scene.clock.now());
    await scene.write(scene.event(1));
    const [got] = await there.gets(1);
    const headers = got?.headers as Record<string, string>;
    for (const secret of secrets) expect(new Webhook(secret).verify(got?.text ?? '', headers)).toEqual(got?.body);
    const other = new Webhook(makeWebhookSecret());
    expect(() => other.verify(got?.text ?? '', headers)).toThrow();
    expect(() => new Webhook(secrets[0] ?? '').verify(`${got?.text} `, headers)).toThrow();
  });

  it('signs the bytes of UTF-8, as the published package does', async () => {
    await open();
    const secret = makeWebhookSecret();
    const body = '{"name":"전화 ☎ 🎉"}';
    const seconds = Math.floor(Date.now() / 1000);
    const [, id = '', , time = '', , signature = ''] = signedHeaders('id-1', seconds, body, [secret]);
    const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature };
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(secret).sign('id-1', new Date(seconds * 1000), body)).toBe(signature);
  });

  it('carries Sign and RequestTime when a token is set', async () => {
    await open();
    const there = await receiver();
    await scene.endpoint(there.url, { token: 'sesame' });
    await scene.write(scene.event(1));
    const [got] = await there.gets(1);
    expect(got?.query.get('RequestTime')).toBe(String(start));
    const expected = createHash('sha256').update(`sesame${start}`).digest('hex');
    expect(got?.query.get('Sign')).toBe(expected);
    await scene.tried(1);
    expect(scene.file.rows('SELECT url FROM attempts')[0]?.url).not.toContain('Sign');
  });

  it('computes Sign as the documented vector has it', async () => {
    await open();
    expect(tokenSign('xxxxyyyy', 1_669_872_112)).toBe(
      '17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061',
    );
  });

  it('goes over connections that are kept open', async () => {
    await open({ concurrency: 4 });
    const there = await receiver();
    await scene.endpoint(there.url);
    for (let n = 0; n < 100; n += 1) await scene.write(scene.event(n));
    await there.gets(100);
    expect(there.connections).toBeLessThanOrEqual(4);
  });
});

describe('order', () => {
  it('the events of a call arrive one after the other, those of other calls do not wait for them', async () => {
    await open();
    const held: (() => void)[] = [];
    const there = await receiver((answer, _, { body }) => {
      if (body.CallId === idOf(1)) held.push(() => answer(200, ok));
      else answer(200, ok);
    });
    await scene.endpoint(there.url);
    await scene.write(scene.event(1, 1), scene.event(1, 2), scene.event(2, 1), scene.event(2, 2));
    await there.gets(3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(there.ids.filter((id) => id.startsWith(idOf(1)))).toEqual([`${idOf(1)}-1`]);
    expect(there.ids.filter((id) => id.startsWith(idOf(2)))).toEqual([`${idOf(2)}-1`, `${idOf(2)}-2`]);
    held.shift()?.();
    await there.gets(4);
    held.shift()?.();
    await scene.tried(4);
    expect(there.ids.at(-1)).toBe(`${idOf(1)}-2`);
  });

  it('at most as many attempts run at once as the operator allows', async () => {
    await open({ concurrency: 3 });
    const there = await receiver((answer) => setTimeout(() => answer(200, ok), 20));
    await scene.endpoint(there.url);
    await scene.write(...Array.from({ length: 30 }, (_, n) => scene.event(n)));
    await there.gets(30);
    expect(there.busiest).toBe(3);
  });

  it('a receiver that never answers slows no other', async () => {
    await open({ concurrency: 2 });
    const dead = await receiver(() => {});
    const well = await receiver();
    await scene.endpoint(dead.url, { id: 'dead' });
    await scene.endpoint(well.url, { id: 'well' });
    const began = performance.now();
    const events = Array.from({ length: 50 }, (_, n) => n);
    await scene.write(...events.map((n) => scene.event(n, 1, { endpoint: 'dead' })));
    await scene.write(...events.map((n) => scene.event(n, 1, { endpoint: 'well' })));
    await well.gets(50);
    expect(performance.now() - began).toBeLessThan(300);
  });
});

describe('an attempt that fails', () => {
  it.each<[string, Reply, RegExp]>([
    ['HTTP 500', (answer) => answer(500, 'broken'), /^The receiver answered HTTP 500\.$/],
    ['HTTP 404', (answer) => answer(404), /HTTP 404/],
    ['a redirect, which is not followed', (answer) => answer(301, '', { location: 'http://127.0.0.1:1/' }), /HTTP 301/],
    ['no answer', () => {}, /^No answer within 300 ms\.$/],
    ['a connection that is closed at once', (_, socket) => socket.destroy(), /./],
    ['bytes that are not HTTP', (_, socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'), /./],
    [
      'the head of an answer that never ends',
      (_, socket) => socket.write('HTTP/1.1 200 OK\r\nx: '),
      /No answer within/,
    ],
    [
      'a head without an end',
      (_, socket) => {
        const more = () => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(65_536)}`);
        more();
        const timer = setInterval(more, 5);
        socket.on('close', () => clearInterval(timer));
      },
      /./,
    ],
  ])('for %s is tried again after 1, 1, 2, 3 and 5 s with the same id', async (_, reply, error) => {
    await open();
    const there = await receiver(reply);
    await scene.endpoint(there.url);
    await scene.write(scene.event(1));
    for (const [index, seconds] of [1, 1, 2, 3, 5].entries()) {
      await scene.tried(index + 1);
      scene.clock.advance(seconds * 1000 - 1);
      expect(scene.attempts.length).toBe(index + 1);
      scene.clock.advance(1);
    }
    await scene.tried(6);
    expect(new Set(there.ids)).toEqual(new Set([`${idOf(1)}-1`]));
    expect(scene.onDisk).toEqual([{ call_id: idOf(1), event_seq: 1, attempts: 6, parked: 0 }]);
    const rows = scene.file.rows('SELECT attempt, outcome, error, at, next_at FROM attempts ORDER BY at');
    expect(rows.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const row of rows) {
      expect(row.error).toMatch(error);
      expect(row.outcome).toBe('failed');
    }
    expect(rows.slice(0, 5).map(({ at, next_at }) => Number(next_at) - Number(at))).toEqual([
      1000, 1000, 2000, 3000, 5000,
    ]);
    there.reply = (answer) => answer(204);
    scene.clock.advance(60_000);
    await scene.tried(7);
    expect(scene.attempts.at(-1)?.outcome).toBe('delivered');
    expect(scene.onDisk).toEqual([]);
  });

  it.each<[string, Reply]>([
    ['garbage', (answer) => answer(200, '\u0000<html>')],
    ['nothing', (answer) => answer(204)],
    ['201', (answer) => answer(201, '{}')],
    [
      'half a body',
      (_, socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
        setTimeout(() => socket.destroy(), 10);
      },
    ],
    ['a body that stalls', (_, socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')],
    [
      'a gigabyte',
      (_, socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 30}\r\n\r\n`);
        const mega = Buffer.alloc(2 ** 20, 'x');
        const more = () => {
          while (socket.writable && socket.write(mega));
          if (socket.writable) socket.once('drain', more);
        };
        more();
      },
    ],
  ])('is none when the answer is 2xx with %s', async (_, reply) => {
    await open();
    const there = await receiver(reply);
    await scene.endpoint(there.url);
    await scene.write(scene.event(1));
    await scene.tried(1);
    expect(scene.attempts).toEqual([{ outcome: 'delivered', lag: 0 }]);
    const [row] = scene.file.rows('SELECT answer, status FROM attempts');
    expect(String(row?.answer).length).toBeLessThanOrEqual(4096);
    expect(Math.floor(Number(row?.status) / 100)).toBe(2);
  });

  it('asks for the time of the next one with Retry-After, in seconds or as a date', async () => {
    await open();
    const there = await receiver((answer) => answer(503, '', { 'retry-after': '30' }));
    await scene.endpoint(there.url);
    await scene.write(scene.event(1));
    await scene.tried(1);
    scene.clock.advance(29_999);
    expect(scene.attempts.length).toBe(1);
    there.reply = (answer) => answer(503, '', { 'retry-after': new Date(scene.clock.now() + 120_000).toUTCString() });
    scene.clock.advance(1);
    await scene.tried(2);
    there.reply = (answer) => answer(503, '', { 'retry-after': '999999' });
    scene.clock.advance(121_000);
    await scene.tried(3);
    there.reply = (answer) => answer(200, ok);
    scene.clock.advance(3_599_000);
    expect(scene.attempts.length).toBe(3);
    scene.clock.advance(1000);
    await scene.tried(4);
    expect(scene.onDisk).toEqual([]);
  });
});

describe('an endpoint', () => {
  it('that fails six times in a row is asked by one attempt at a time, ever more rarely up to a minute', async () => {
    await open();
    const there = await receiver((answer) => answer(500));
    await scene.endpoint(there.url, { state: 'paused' });
    await scene.write(...Array.from({ length: 40 }, (_, n) => scene.event(n)));
    await scene.until(() => scene.waiting === 40, 'all of them are taken up');
    await scene.endpoint(there.url);
    // However many fail at once when it begins.
    await scene.tried(40);
    const next = () => Number(scene.file.rows('SELECT max(next_at) AS at FROM attempts')[0]?.at) - scene.clock.now();
    const gaps = [next()];
    for (let probe = 1; probe <= 6; probe += 1) {
      scene.clock.advance(60_000);
      await scene.tried(40 + probe);
      expect(scene.attempts.length).toBe(40 + probe);
      gaps.push(next());
    }
    expect(gaps).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    there.reply = (answer) => answer(200, ok);
    there.got.length = 0;
    there.busiest = 0;
    scene.clock.advance(60_000);
    await there.gets(40);
    expect(new Set(there.ids).size).toBe(40);
  });

  it('that was away for 72 hours gets everything, in order, without a storm, from a window that is bounded', async () => {
    await open({ memory: 50, concurrency: 16 });
    const there = await receiver();
    await scene.endpoint(there.url);
    await there.stop();
    const calls = 300;
    for (let n = 0; n < calls; n += 1) {
      await scene.write(scene.event(n, 1), scene.event(n, 2), scene.event(n, 3));
      scene.clock.advance((72 * 3_600_000) / calls);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await scene.restart();
    const running: number[] = [];
    there.reply = (answer) => {
      running.push(there.busy);
      setTimeout(() => answer(200, ok), 2);
    };
    await there.start();
    // What is not answered in time, on a busy machine, is due again later.
    while (new Set(there.ids).size < 3 * calls || scene.waiting > 0) {
      scene.clock.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(new Set(there.ids).size).toBe(3 * calls);
    for (let n = 0; n < calls; n += 1) {
      const own = there.ids.filter((id) => id.startsWith(idOf(n)));
      expect([...new Set(own)]).toEqual([1, 2, 3].map((seq) => `${idOf(n)}-${seq}`));
    }
    // It begins with one attempt at a time.
    expect(running.slice(0, 1)).toEqual([1]);
    expect(Math.max(...running)).toBeLessThanOrEqual(16);
  }, 60_000);

  it('that refuses some calls for ever gets all others, however many those are, and goes on being asked', async () => {
    await open({ memory: 20, concurrency: 4 });
    const refused = 100;
    const bad = new Set(Array.from({ length: refused }, (_, n) => idOf(n)));
    const tried = new Set<string>();
    const taken = new Set<string>();
    const there = await receiver((answer, _, { body }) => {
      (bad.has(body.CallId) ? tried : taken).add(`${body.CallId}/${body.EventSeq}`);
      answer(bad.has(body.CallId) ? 500 : 200, ok);
    });
    const goOn = async (done: () => boolean) => {
      // A busy machine answers few of them within two milliseconds.
      for (let second = 0; second < 8000 && !done(); second += 1) {
        scene.clock.advance(1000);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      expect(done()).toBe(true);
    };
    await scene.endpoint(there.url);
    const { startedAt } = scene.event(0);
    // Refused and taken ones in turn, three of each call.
    for (let n = 0; n < refused; n += 1) {
      for (const one of [n, 1000 + n]) await scene.write(...[1, 2].map((seq) => scene.event(one, seq)));
    }
    await goOn(() => taken.size === 2 * refused && tried.size === refused);
    // And so it is with what comes later, also of a call that is refused.
    await scene.write(...Array.from({ length: 30 }, (_, n) => scene.event(2000 + n)));
    await scene.write(scene.event(7, 3, { startedAt }));
    await goOn(() => taken.size === 2 * refused + 30);

    there.reply = (answer) => answer(200, ok);
    there.got.length = 0;
    await goOn(() => scene.waiting === 0);
    for (let n = 0; n < refused; n += 1) {
      const own = there.ids.filter((id) => id.startsWith(idOf(n)));
      expect(own).toEqual((n === 7 ? [1, 2, 3] : [1, 2]).map((seq) => `${idOf(n)}-${seq}`));
    }
    await scene.until(() => scene.onDisk.length === 0, 'all of it is delivered');
  }, 60_000);

  it('that refuses one kind of event gets the other kinds at the next probe', async () => {
    await open({ concurrency: 4 });
    const ending = 'Call.CallbackAfterEndCall';
    const there = await receiver((answer, _, { query }) =>
      answer(query.get('CallbackCommand') === ending ? 500 : 200, ok),
    );
    await scene.endpoint(there.url, { commands: ['Call.CallbackAfterStartCall', ending] });
    const kinds = () => there.got.map(({ query }) => query.get('CallbackCommand'));
    await scene.write(...Array.from({ length: 50 }, (_, n) => scene.event(n, 2, { command: ending })));
    await scene.until(() => scene.attempts.length >= 6, 'it is failing');
    await scene.until(() => scene.attempts.length === there.got.length, 'all are answered');
    const before = there.got.length;
    await scene.write(scene.event(100));
    await scene.until(() => scene.waiting === 51, 'it is taken up');
    scene.clock.advance(60_000);
    await there.gets(before + 1);
    expect(kinds()[before]).toBe('Call.CallbackAfterStartCall');
  });

  it('that answers 410 is parked until somebody takes it up again, and loses nothing meanwhile', async () => {
    await open();
    const there = await receiver((answer) => answer(410));
    const endpoint = await scene.endpoint(there.url);
    await scene.write(scene.event(1));
    await scene.tried(1);
    await scene.until(() => scene.store.endpoints.get(appA, 'callback')?.state === 'gone', 'gone');
    await scene.write(scene.event(2));
    scene.clock.advance(3_600_000);
    await scene.restart();
    scene.clock.advance(3_600_000);
    expect(there.got.length).toBe(1);
    there.reply = (answer) => answer(200, ok);
    await scene.store.endpoints.save({ ...endpoint, state: 'active' });
    await there.gets(3);
    expect(there.ids).toEqual([`${idOf(1)}-1`, `${idOf(1)}-1`, `${idOf(2)}-1`]);
  });

  it.each<[string, Partial<Endpoint>]>([
    ['given another URL', { url: 'http://127.0.0.1:1/' }],
    ['taken away', { url: '', commands: [] }],
    ['paused', { state: 'paused' }],
    ['given another secret', { secrets: [makeWebhookSecret()] }],
  ])('that answers 410 while it is being %s does not undo that', async (_, change) => {
    await open();
    const there = await receiver((answer) => answer(410));
    const endpoint = await scene.endpoint(there.url);
    let changed: Promise<unknown> | undefined;
    // At this moment the change is on its way to the disk, and the 410 is about to be taken in.
    scene.atAttempt = () => {
      changed ??= scene.store.endpoints.change(appA, 'callback', (kept) => kept && { ...kept, ...change });
    };
    await scene.write(scene.event(1));
    await scene.until(() => changed !== undefined, 'the attempt is over');
    await changed;
    const wanted = { ...endpoint, ...change };
    // A change of nothing comes after all that was under way.
    await scene.store.endpoints.change(appA, 'callback', (kept) => kept);
    if (change.secrets !== undefined) {
      // It is asked again, and says again that it is gone; that is about the endpoint as it is now.
      await scene.until(() => scene.store.endpoints.get(appA, 'callback')?.state === 'gone', 'gone');
      expect(scene.store.endpoints.get(appA, 'callback')).toEqual({ ...wanted, state: 'gone' });
      return;
    }
    expect(scene.store.endpoints.get(appA, 'callback')).toEqual(wanted);
    await scene.restart();
    expect(scene.store.endpoints.get(appA, 'callback')).toEqual(wanted);
  });

  it('that is paused gets nothing, and everything once it goes on', async () => {
    await open();
    const there = await receiver();
    const endpoint = await scene.endpoint(there.url, { state: 'paused' });
    await scene.write(scene.event(1), scene.event(2));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(there.got).toEqual([]);
    await scene.store.endpoints.save({ ...endpoint, state: 'active' });
    await there.gets(2);
  });

  it('that is given another URL gets what waits there', async () => {
    await open();
    const old = await receiver((answer) => answer(500));
    const fresh = await receiver();
    const endpoint = await scene.endpoint(old.url);
    await scene.write(scene.event(1));
    await scene.tried(1);
    await scene.store.endpoints.save({ ...endpoint, url: fresh.url });
    await fresh.gets(1);
    expect(fresh.ids).toEqual([`${idOf(1)}-1`]);
  });

  it('that is removed takes what waits with it', async () => {
    await open();
    const there = await receiver((answer) => answer(500));
    await scene.endpoint(there.url);
    await scene.write(scene.event(1));
    await scene.tried(1);
    await scene.store.endpoints.remove(appA, 'callback');
    scene.clock.advance(60_000);
    await scene.restart();
    scene.clock.advance(60_000);
    expect(there.got.length).toBe(1);
    expect(scene.onDisk).toEqual([]);
  });

  it('that is removed while an attempt is under way stays removed, whatever is answered, and nothing waits', async () => {
    await open();
    let answerLater = () => {};
    const there = await receiver((answer) => {
      answerLater = () => answer(410);
    });
    await scene.endpoint(there.url);
    await scene.write(scene.event(1), scene.event(1, 2), scene.event(2));
    await there.gets(2);
    expect(scene.waiting).toBe(3);
    await scene.store.endpoints.remove(appA, 'callback');
    answerLater();
    await scene.until(() => scene.attempts.length === 1, 'the attempt is over');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(scene.store.endpoints.list()).toEqual([]);
    expect(scene.waiting).toBe(0);
  });

  it('whose URL cannot be used fails its attempts, and nothing else', async () => {
    await open();
    const there = await receiver();
    await scene.endpoint('nonsense', { id: 'broken' });
    await scene.endpoint(there.url);
    await scene.write(scene.event(1, 1, { endpoint: 'broken' }), scene.event(1));
    await there.gets(1);
    await scene.tried(2);
    expect(scene.attempts.map(({ outcome }) => outcome).sort()).toEqual(['delivered', 'failed']);
  });
});

describe('an event that fails for 96 hours', () => {
  it('is parked with the later events of its call, while other calls go on', async () => {
    await open();
    const there = await receiver((answer, _, { body }) => answer(body.CallId === idOf(1) ? 500 : 200, ok));
    await scene.endpoint(there.url);
    const { startedAt } = scene.event(1);
    await scene.write(scene.event(1, 1), scene.event(1, 2));
    for (let hour = 0; hour < 97; hour += 1) {
      const before = scene.attempts.length;
      await scene.write(scene.event(100 + hour));
      scene.clock.advance(3_600_000);
      await scene.until(() => scene.attempts.length >= before + 2, 'an attempt an hour').catch(() => {});
    }
    await scene.tried(1);
    expect(scene.onDisk.map(({ event_seq, parked }) => [event_seq, parked])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(scene.lines.filter(({ message }) => message === 'webhook parked').length).toBe(1);
    expect(scene.givenUp).toBe(scene.onDisk.filter(({ parked }) => parked === 1).length);
    expect(scene.waiting).toBe(0);

    // An event that is written when the call is parked already goes the same way.
    await scene.write(scene.event(1, 3, { startedAt }));
    await scene.store.pendingEvents.add([]);
    expect(scene.onDisk.map(({ event_seq, parked }) => [event_seq, parked])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);

    there.reply = (answer) => answer(200, ok);
    there.got.length = 0;
    const endpoint = scene.store.endpoints.get(appA, 'callback') as Endpoint;
    // One of them alone, though one before it stays given up.
    const one = {
      what: 'event',
      call: { callId: idOf(1), startedAt },
      event: { eventSeq: 2, format: 'v4', part: 0 },
    } as const;
    expect(await scene.store.pendingEvents.replay(endpoint, one)).toEqual({ count: 1, fresh: 1 });
    scene.dispatcher.catchUp(endpoint, 1);
    await there.gets(1);
    expect(there.ids).toEqual([`${idOf(1)}-2`]);
    await scene.until(() => scene.waiting === 0, 'nothing waits');
    there.got.length = 0;
    expect(await scene.store.pendingEvents.replay(endpoint, { what: 'parked' })).toEqual({ count: 2, fresh: 2 });
    scene.dispatcher.catchUp(endpoint, 2);
    await there.gets(2);
    expect(there.ids).toEqual([1, 3].map((seq) => `${idOf(1)}-${seq}`));
    await scene.until(() => scene.waiting === 0, 'nothing waits');
  }, 60_000);
});

describe('a restart', () => {
  it('finds what waited, and sends it with the same id', async () => {
    await open();
    const there = await receiver((answer) => answer(500));
    await scene.endpoint(there.url);
    await scene.write(scene.event(1, 1), scene.event(1, 2), scene.event(2));
    await scene.tried(2);
    await scene.stop();
    there.reply = (answer) => answer(200, ok);
    there.got.length = 0;
    scene.clock.advance(1);
    await scene.start();
    await there.gets(3);
    expect(there.ids.filter((id) => id.startsWith(idOf(1)))).toEqual([`${idOf(1)}-1`, `${idOf(1)}-2`]);
    await scene.tried(5);
    expect(scene.onDisk).toEqual([]);
  });
});
