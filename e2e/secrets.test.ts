import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from './support/chat-client.ts';
import { Device } from './support/device.ts';
import { Ringback } from './support/ringback.ts';

const engine = 'call_engine_http_srv';
const metricsToken = 'metrics-token-that-nobody-may-see';
const turnSecret = 'turn-secret-that-nobody-may-see';

let ringback: Ringback;
let chat: ChatClient;
beforeAll(async () => {
  // Of development, the banner shows key and signature on purpose: this is about everything after it.
  ringback = await Ringback.start(
    ...['--log-level', 'debug', '--metrics-token', metricsToken],
    ...['--media-turn-secret', turnSecret, '--media-turn-urls', 'turn:turn.example.com'],
  );
  chat = new ChatClient({ base: ringback.http, sdkAppId: ringback.sdkAppId, key: ringback.key });
});
afterAll(async () => {
  await ringback?.dispose();
});

describe('what must be secret', () => {
  it('is in no log line, no metric and no answer, whether things go well or go wrong', async () => {
    const banner = ringback.output.length;
    const shown: string[] = [];
    const made = await ringback.cli(
      'webhooks',
      'add',
      'orders',
      'http://127.0.0.1:9/calls',
      '--app',
      String(ringback.sdkAppId),
    );
    const secret = /whsec_[A-Za-z0-9+/=]+/.exec(made)?.[0] ?? '';
    expect(secret).not.toBe('');

    const phone = new Device('alice');
    await phone.signIn(ringback);
    const other = new Device('bob');
    await other.signIn(ringback);
    await phone.ask('call', { callees: ['bob'], mediaType: 'audio' }).then(
      (answer) => shown.push(JSON.stringify(answer)),
      (error) => shown.push(String(error)),
    );
    const sig = chat.userSig('administrator');
    const wrong = `${sig.slice(0, -6)}AAAAAA`;
    const ask = async (path: string, init: RequestInit = {}): Promise<void> => {
      const response = await fetch(`${ringback.http}${path}`, { method: 'POST', body: '{"CallId":"x"}', ...init });
      shown.push(await response.text(), JSON.stringify([...response.headers]));
    };
    const query = (usersig: string) =>
      `sdkappid=${ringback.sdkAppId}&identifier=administrator&usersig=${encodeURIComponent(usersig)}&random=1&contenttype=json`;
    await ask(`/v4/${engine}/get_call_info?${query(sig)}`);
    await ask(`/v4/${engine}/get_call_info?${query(wrong)}`);
    await ask(`/v4/${engine}/get_call_info?${query(sig.slice(0, 40))}`);
    await ask(`/v4/${engine}/nothing?${query(sig)}`);
    await ask(`/v4/${engine}/get_call_info?${query(sig)}`, { body: '{' });
    await ask(`/v4/${engine}/get_call_info?${query(sig)}&x=%zz`);
    await ask(`/listen?${query(wrong)}`, { method: 'GET', body: null });
    await ask(`/no/such/path?usersig=${sig}`, { method: 'GET', body: null });
    await ask('/metrics', { method: 'GET', body: null, headers: { authorization: 'Bearer wrong' } });
    await ask('/metrics', { method: 'GET', body: null, headers: { authorization: `Bearer ${metricsToken}` } });
    await ask('/admin/apps', { method: 'GET', body: null, headers: { authorization: 'Bearer rbk_wrong-token' } });
    await ask('/admin/session', {
      body: '{"name":"anna","password":"a-wrong-password"}',
      headers: { 'content-type': 'application/json' },
    });
    const bad = new Device('carol');
    await bad.signIn(ringback, { userSig: wrong }).catch((error) => shown.push(String(error)));
    for (const one of [phone, other, bad]) one.drop();
    await ringback.stop();

    const log = ringback.output.slice(banner);
    expect(log).toContain('get_call_info');
    const all = { log, shown: shown.join('\n') };
    for (const [what, text] of Object.entries({
      key: ringback.key,
      'webhook secret': secret,
      signature: sig,
      'signature with another end': wrong,
      'signature of a device': phone.userSig,
      'token of the metrics': metricsToken,
      'secret of TURN': turnSecret,
      'token of a program': 'rbk_wrong-token',
      password: 'a-wrong-password',
    })) {
      for (const [where, whole] of Object.entries(all)) {
        expect(whole.includes(text), `${what} in ${where}`).toBe(false);
        // Nor a part of it that would be enough to guess the rest.
        if (text.length > 40) expect(whole.includes(text.slice(0, 40)), `a part of ${what} in ${where}`).toBe(false);
      }
    }
  });
});
