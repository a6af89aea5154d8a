import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlClient } from '../../server/src/admin/control-client.ts';
import { spellPush } from '../../server/src/emulator/push-inbox.ts';
import { parsed } from '../../server/test/support/cli.ts';
import { ok, Receiver } from '../../server/test/webhooks/receiver.ts';
import { startRingback, type TestRingback } from '../src/index.ts';
import { withEmulator } from './support.ts';

/** A receiver of somebody's own, beside the one that is built in. */
let theirs: Receiver;
let ringback: TestRingback;

beforeAll(async () => {
  theirs = await Receiver.open();
  ringback = await startRingback({ webhooks: theirs.url });
}, 120_000);
beforeEach(() => {
  theirs.got.length = 0;
  theirs.reply = (answer) => answer(200, ok);
});
afterAll(async () => {
  await ringback?.stop();
  await theirs?.stop();
});

describe('ringback emulate', () => {
  const emulate = (...args: string[]) => parsed(['emulate', ...args, '--control', ringback.controlUrl]);

  /** What the command says of the clock: ms, and whether it runs. */
  async function clock(...args: string[]): Promise<readonly [at: number, state: string]> {
    const { code, out, err } = await emulate(...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [at = '', state = ''] = out.trim().split('  ');
    return [Date.parse(at), state];
  }

  it('moves the clock of one that runs: advance, step, pause, resume', async () => {
    const start = (await ringback.now()).getTime();
    expect(await clock('pause')).toEqual([start, 'paused']);
    expect(await clock('advance', '1m30s')).toEqual([start + 90_000, 'paused']);
    await (await ringback.user('bob')).answersAfter('2s');
    const callId = await ringback.call('alice', ['bob']);
    expect(await clock('step')).toEqual([start + 92_000, 'paused']);
    // Nothing else happens by itself.
    expect(await clock('step', '5s')).toEqual([start + 97_000, 'paused']);
    expect((await ringback.now()).getTime()).toBe(start + 97_000);
    const [resumed, state] = await clock('resume');
    expect([resumed >= start + 97_000, state]).toEqual([true, 'running']);
    await expect.poll(async () => (await ringback.now()).getTime()).toBeGreaterThan(resumed);
    const [stopped, still] = await clock('pause');
    expect([still, (await ringback.now()).getTime()]).toEqual(['paused', stopped]);
    await ringback.server({ endCall: 'bob' });
    expect((await ringback.records()).find((one) => one.CallId === callId)?.CallResult).toBe('NormalEnd');
  });

  it.each([
    [['advance', 'soon'], 2, /It must be a duration/],
    [['advance'], 2, /missing required argument 'time'/],
    [['advance', '1s', '--control', 'http://10.0.0.1:8090'], 2, /is on this machine/],
    [['advance', '1s', '--control', 'http://127.0.0.1:1'], 1, /Is an emulator running there\?/],
  ])('says what is wrong with %j', async (args, status, sentence) => {
    const { code, out, err } = await parsed(['emulate', ...args]);
    expect([code, out, err]).toEqual([status, '', expect.stringMatching(sentence)]);
  });
});

describe('the option webhooks', () => {
  it('has webhooks sent to a receiver, signed with the secret that the library tells', async () => {
    await (await ringback.user('carol')).answersAfter('1s');
    const callId = await ringback.call('dave', ['carol']);
    await ringback.advance('2s');
    await ringback.server({ endCall: 'carol' });
    const builtIn = (await ringback.webhooks(callId)).map(({ id, command }) => [id, command]);
    expect(builtIn.length).toBeGreaterThan(2);
    const commands = () => theirs.got.map(({ body }) => body.CallbackCommand);
    await expect.poll(commands).toEqual(builtIn.map(([, command]) => command));
    expect(ringback.webhookSecret).toMatch(/^whsec_/);
    const judge = new Webhook(ringback.webhookSecret.slice('whsec_'.length));
    for (const { headers, text } of theirs.got) {
      // The judge goes by the real time, and these by that of the emulator.
      const at = new Date(Number(headers['webhook-timestamp']) * 1000);
      expect(headers['webhook-signature']).toBe(judge.sign(String(headers['webhook-id']), at, text));
    }
  });
});

describe('ringback push test', () => {
  it('says of each device what its push service answers, and ends with 1 where one is not taken', async () => {
    const bob = 'users: { alice: , bob: { signedIn: false, push: true, devices: [phone, tablet] } }';
    await withEmulator(bob, async (emulator) => {
      const push = (...args: string[]) => parsed(['push', ...args, '--data', emulator.data]);
      const each = (what: string) =>
        ['phone', 'tablet'].map((name) =>
          expect.stringMatching(`^emulator-[0-9a-f]{12}-${name} by emulator: ${what}$`),
        );
      const lines = (out: string): readonly string[] => out.trim().split('\n').sort();

      const taken = await push('test', 'bob');
      expect([taken.code, taken.err, lines(taken.out)]).toEqual([0, '', each('sent \\(HTTP 200\\)')]);
      expect(emulator.inbox.pushes.map(spellPush)).toEqual(['test bob phone', 'test bob tablet']);
      const [first] = JSON.parse((await push('test', 'bob', '--json')).out);
      expect(first).toMatchObject({ user: 'bob', provider: 'emulator', outcome: 'sent', status: 200 });

      theirs.reply = (answer) => answer(410, 'no such device');
      const { sdkAppId: app } = emulator;
      await controlClient(emulator.data)('push.set', { app, name: 'emulator', kind: 'webhook', url: theirs.url });
      const gone = await push('test', 'bob');
      expect([gone.code, lines(gone.out)]).toEqual([1, each('gone \\(HTTP 410, no such device\\)')]);
      // A set-up that is tried costs no token.
      expect(lines((await push('tokens', 'bob')).out)).toHaveLength(3);

      const nobody = await push('test', 'alice');
      expect([nobody.code, nobody.out, nobody.err]).toEqual([1, '', expect.stringMatching(/^error: .*no device/)]);
    });
  });
});
