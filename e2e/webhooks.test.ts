import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { recordsAgree } from './support/agreement.ts';
import { Device } from './support/device.ts';
import { Mirror } from './support/mirror.ts';
import { randomFrom } from './support/random.ts';
import { RestCaller } from './support/rest.ts';
import { Ringback, until } from './support/ringback.ts';

/** The long form is `npm run soak:webhooks`. */
const calls = Number(process.env.SOAK_CALLS ?? 500);
const kills = 2;
const seed = Number(process.env.SOAK_SEED ?? 20_261_123);

/** Three people who call each other in every way that there is. */
class Party {
  readonly caller: Device;
  readonly callee: Device;
  readonly third: Device;

  constructor(index: number) {
    this.caller = new Device(`a${index}`);
    this.callee = new Device(`b${index}`);
    this.third = new Device(`c${index}`);
  }

  get devices(): readonly Device[] {
    return [this.caller, this.callee, this.third];
  }

  /** Signs everybody in; whoever finds a call hangs up, as a person would. */
  async signIn(ringback: Ringback): Promise<void> {
    for (const one of this.devices) {
      const { call } = await one.signIn(ringback);
      if (call !== undefined) await one.ask('hangUp', { callId: call.callId }).catch(() => {});
    }
  }

  drop(): void {
    for (const one of this.devices) one.drop();
  }

  /** One call, of a kind that the dice choose; its id as soon as it is known. */
  async play(rest: RestCaller, dice: number, started: (callId: string) => void): Promise<void> {
    const { caller, callee, third } = this;
    const call = async (callees: readonly Device[], more: object = {}): Promise<string> => {
      const users = callees.map(({ userId }) => userId);
      const { callId } = await caller.ask('call', { callees: users, mediaType: 'Audio', ...more });
      started(callId);
      return callId;
    };
    if (dice < 0.4) {
      const callId = await call([callee]);
      await callee.ask('accept', { callId });
      await (dice < 0.2 ? caller : callee).ask('hangUp', { callId });
    } else if (dice < 0.52) {
      const callId = await call([callee]);
      await callee.ask('reject', { callId });
    } else if (dice < 0.64) {
      const callId = await call([callee]);
      await caller.ask('hangUp', { callId });
    } else if (dice < 0.7) {
      const callId = await call([callee]);
      await callee.ask('ignore', { callId });
    } else if (dice < 0.72) {
      const callId = await call([callee], { timeoutMs: 1000 });
      await caller.hears('callEnded', (params) => params.callId === callId, 5000);
    } else if (dice < 0.84) {
      const callId = await call([callee, third]);
      await callee.ask('accept', { callId });
      await third.ask(dice < 0.78 ? 'accept' : 'reject', { callId });
      await rest.send('call_engine_http_srv/end_call', { CallId: callId });
    } else if (dice < 0.92) {
      const callId = await call([callee]);
      await callee.ask('accept', { callId });
      await caller.ask('invite', { callId, users: [third.userId] });
      await third.ask('accept', { callId });
      await caller.ask('hangUp', { callId });
      await callee.ask('hangUp', { callId });
    } else {
      const { Response } = await rest.send('call_engine_http_srv/start_call_by_robot', {
        Robot_Account: 'robot',
        CalleeList_Account: [callee.userId, third.userId],
        Timeout: 30_000,
        CallInfo: { MediaType: 'Video' },
      });
      started(Response.CallId);
      await callee.ask('accept', { callId: Response.CallId });
      await rest.send('call_engine_http_srv/end_call', { CallId: Response.CallId });
    }
  }
}

/** What the tests look at in a payload by name; everything else they compare as it is. */
interface Payload {
  readonly CallInfo?: { readonly CallId: string };
  readonly ChangedUserList?: readonly unknown[];
  readonly EventSeq?: number;
  readonly CallRecord?: { readonly CallId: string };
  readonly UserId?: string;
  readonly CallId?: string;
}

/** Takes webhooks and remembers them, on loopback. */
async function openReceiver() {
  const got: { query: Record<string, string>; body: Payload }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { searchParams } = new URL(request.url ?? '', 'http://receiver');
    got.push({ query: Object.fromEntries(searchParams), body: JSON.parse(text) });
    response.end('{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"ErrorMessage":"Success"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { got, url: `http://127.0.0.1:${port}/hook`, close: () => server.close() };
}

describe('both kinds of webhooks', () => {
  it('tell of the same calls: of a device, and over REST; the metrics count them', async () => {
    const ringback = await Ringback.start();
    const [modern, legacy] = [await openReceiver(), await openReceiver()];
    const rest = new RestCaller(ringback);
    const CallbackCommandList = ['StartCall', 'MemberChanged', 'EndCall'].map((one) => `Call.CallbackAfter${one}`);
    await rest.send('call_config/set_callback', { Url: modern.url, CallbackCommandList });
    const actions = ['caller_start_call', 'callee_receive_call', 'callee_accept_call', 'normal_end', 'call_busy'];
    const set = await rest.send('/v1/callback/set', { address: legacy.url, actions });
    expect(set).toMatchObject({ errorCode: 0, errorMessage: 'Success', data: legacy.url });

    const [ann, ben, cat] = [new Device('ann'), new Device('ben'), new Device('cat')];
    for (const one of [ann, ben]) await one.signIn(ringback, { platform: 'Android' });
    await cat.signIn(ringback, { platform: 'Web' });
    const { callId } = await ann.ask('call', { callees: ['ben'], mediaType: 'Video' });
    await ben.ask('accept', { callId });
    const busy = await cat.ask('call', { callees: ['ann'], mediaType: 'Audio' });
    await rest.send('call_engine_http_srv/end_call', { CallId: callId });
    await until(() => (modern.got.length >= 6 ? undefined : `${modern.got.length} of 6 webhooks came`));
    await until(() => (legacy.got.length >= 6 ? undefined : `${legacy.got.length} of 6 callbacks came`));

    const of = (id: string) =>
      modern.got
        .filter(({ body }) => [body.CallId, body.CallInfo?.CallId, body.CallRecord?.CallId].includes(id))
        .map(({ query, body }) => [body.EventSeq, query.CallbackCommand?.slice(18), query.OptPlatform, query.ClientIP]);
    expect(of(callId)).toEqual([
      [1, 'StartCall', 'Android', '127.0.0.1'],
      [2, 'MemberChanged', 'Android', '127.0.0.1'],
      [3, 'EndCall', 'RESTAPI', '127.0.0.1'],
    ]);
    expect(of(busy.callId)).toEqual([
      [1, 'StartCall', 'Web', '127.0.0.1'],
      [2, 'MemberChanged', 'Web', '127.0.0.1'],
      [3, 'EndCall', 'Web', '127.0.0.1'],
    ]);
    const first = modern.got.find(({ body }) => body.CallInfo?.CallId === callId)?.body;
    expect(first).toMatchObject({
      CallInfo: { CallId: callId, MediaType: 'Video', CallMediaType: 'Video', ChatGroupId: '', RoomIdType: 2 },
      UserList: [
        { User_Account: 'ann', Status: 'Calling' },
        { User_Account: 'ben', Status: 'Waiting' },
      ],
    });
    const changed = modern.got.flatMap(({ body }) => body.ChangedUserList ?? []);
    expect(changed).toEqual([
      { User_Account: 'ben', ActionType: 'Answer' },
      { User_Account: 'ann', ActionType: 'Busy' },
    ]);
    const told = legacy.got.map(({ query, body }) => [query.command, query.optplatform, body.UserId, body.CallId]);
    expect(told.filter(([, , , id]) => id === callId)).toEqual([
      ['caller_start_call', 'Android', 'ann', callId],
      ['callee_receive_call', 'Android', 'ben', callId],
      ['callee_accept_call', 'Android', 'ben', callId],
      ['normal_end', 'RESTAPI', 'ann', callId],
    ]);
    expect(told.filter(([, , , id]) => id === busy.callId)).toEqual([
      ['caller_start_call', 'Web', 'cat', busy.callId],
      ['call_busy', 'Web', 'cat', busy.callId],
    ]);
    const record = await rest.send('/v1/records/get_record_by_callId', { callId });
    expect(record).toMatchObject({ data: { callId, callResult: 'normal_end', callees: ['ann', 'ben'] } });

    await until(async () => {
      const metrics = await (await fetch(`${ringback.ops}/metrics`)).text();
      if (!metrics.includes('ringback_webhook_attempts_total{outcome="delivered"} 12')) return 'not all are counted';
      expect(metrics).toMatch(/^ringback_webhooks_waiting 0$/m);
      expect(metrics).toMatch(/^ringback_webhook_lag_seconds_count 12$/m);
      return undefined;
    });
    for (const one of [ann, ben, cat]) one.drop();
    rest.close();
    modern.close();
    legacy.close();
    await ringback.dispose();
  }, 60_000);
});

describe('webhooks', () => {
  it(`tell of ${calls} calls completely and in order, though the receiver fails and the server is killed`, async () => {
    const random = randomFrom(seed);
    const ringback = await Ringback.start('--limits-command-rate', '100000', '--limits-app-rate', '100000');
    const mirror = await Mirror.open(ringback.sdkAppId, random);
    let rest = new RestCaller(ringback);
    const set = await rest.send('call_config/set_callback', {
      Url: mirror.url,
      CallbackCommandList: [
        'Call.CallbackAfterStartCall',
        'Call.CallbackAfterMemberChanged',
        'Call.CallbackAfterEndCall',
      ],
    });
    expect(set).toMatchObject({ ErrorCode: 0, ErrorInfo: '' });
    const app = String(ringback.sdkAppId);
    mirror.secret = JSON.parse(await ringback.cli('webhooks', 'secret', 'callback', '--app', app, '--json')).secrets[0];
    mirror.unreliability = 0.15;

    const started = new Set<string>();
    const parties = Array.from({ length: 16 }, (_, index) => new Party(index));
    await Promise.all(parties.map((party) => party.signIn(ringback)));
    for (let round = 1; round <= kills + 1; round += 1) {
      const goal = Math.round((calls * round) / (kills + 1));
      let dead = false;
      const traffic = parties.map(async (party) => {
        while (!dead && started.size < goal) {
          await party
            .play(rest, random(), (callId) => started.add(callId))
            .catch(() => {
              if (!dead) throw new Error('A call went wrong though nobody was killed.');
            });
        }
      });
      if (round <= kills) {
        await until(() => (started.size >= goal - 20 ? undefined : `${started.size} of ${goal} calls`), 300_000);
        dead = true;
        rest.close();
        await ringback.kill();
        await Promise.allSettled(traffic);
        await ringback.up();
        rest = new RestCaller(ringback);
        await Promise.all(parties.map((party) => party.signIn(ringback)));
      } else await Promise.all(traffic);
    }
    for (const party of parties) party.drop();

    const open = () => [...started].filter((callId) => mirror.calls.get(callId)?.record === undefined);
    await until(() => (open().length === 0 ? undefined : `${open().length} calls have no end: ${open()[0]}`), 90_000);
    mirror.unreliability = 0;
    await until(async () => {
      const [endpoint] = JSON.parse(await ringback.cli('webhooks', 'list', '--app', app, '--json'));
      return endpoint.waiting === 0 ? undefined : `${endpoint.waiting} events wait`;
    }, 90_000);

    const records = await recordsAgree(mirror, rest);
    expect(records).toBeGreaterThanOrEqual(calls);
    expect(mirror.failures).toBeGreaterThan(calls / 10);
    expect(mirror.duplicates).toBeGreaterThan(0);
    console.log(
      `${records} calls, ${mirror.events} events, ${mirror.requests} attempts, ${mirror.failures} made to fail, ` +
        `${mirror.duplicates} came twice, ${kills} kills, seed ${seed}`,
    );
    rest.close();
    mirror.close();
    await ringback.dispose();
  }, 1_800_000);
});
