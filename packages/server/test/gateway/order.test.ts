import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureOf } from '../../src/auth/usersig.ts';
import type { App } from '../../src/ports/apps.ts';
import { packUserSig } from '../support/pack-usersig.ts';
import { faultyCommands } from './faulty-commands.ts';
import { RawClient, Scene, type Signing, startOfTime, user } from './support.ts';

/** A request in the making: what the faults below spoil. */
interface Draft {
  path: string;
  method: string;
  query: Record<string, string | undefined>;
  /** Appended to the URL as it is. */
  tail: string;
  signing: Signing;
  userSig: string | undefined;
  body: string;
  app: Partial<App>;
  overloaded: boolean;
  revoked: boolean;
}

interface Fault {
  readonly check: number;
  readonly what: string;
  readonly code: number;
  readonly spoil: (draft: Draft) => void;
}

const command = 'call_engine_http_srv/get_call_info';
const fault = (check: number, what: string, code: number, spoil: Fault['spoil']): Fault => ({
  check,
  what,
  code,
  spoil,
});
const override = (draft: Draft, change: App['overrides']): void => {
  draft.app = { ...draft.app, overrides: { ...draft.app.overrides, ...change } };
};

/** One fault or more for each check, in the order of the specification. */
const faults: readonly Fault[] = [
  fault(1, 'a broken percent-encoding', 60002, (d) => (d.tail += '&x=%zz')),
  fault(2, 'an unknown command', 60009, (d) => (d.path = '/v4/call_engine_http_srv/GET_CALL_INFO')),
  fault(3, 'another method', 60008, (d) => (d.method = 'PUT')),
  fault(4, 'a contenttype that is not json', 60002, (d) => (d.query.contenttype = 'xml')),
  fault(4, 'a parameter twice', 60002, (d) => (d.tail += '&random=1')),
  fault(5, 'no sdkappid', 60012, (d) => (d.query.sdkappid = undefined)),
  fault(6, 'an unknown sdkappid', 60006, (d) => (d.query.sdkappid = '1400000999')),
  fault(6, 'an sdkappid that is no number', 60006, (d) => (d.query.sdkappid = '14e8')),
  fault(7, 'a disabled application', 60016, (d) => (d.app = { ...d.app, disabled: true })),
  fault(8, 'an expired package', 60020, (d) => (d.app = { ...d.app, packageExpiresAt: startOfTime * 1000 })),
  fault(9, 'an address that is not allowed', 60021, (d) => (d.app = { ...d.app, allowIps: ['10.0.0.0/8'] })),
  fault(10, 'no identifier', 60004, (d) => (d.query.identifier = undefined)),
  fault(10, 'an identifier of 33 bytes', 60004, (d) => (d.query.identifier = 'a'.repeat(33))),
  fault(11, 'no usersig', 60005, (d) => (d.query.usersig = undefined)),
  fault(11, 'an empty usersig', 60005, (d) => (d.query.usersig = '')),
  fault(12, 'a usersig that does not decode', 70003, (d) => (d.userSig = 'eJyrVkrLz1eyUkpKLFKqBQA')),
  fault(13, 'the usersig of another user', 70013, (d) => (d.signing = { ...d.signing, sigIdentifier: 'admin' })),
  fault(13, 'the usersig of another application', 70014, (d) => (d.signing = { ...d.signing, sigApp: 1400000002 })),
  fault(14, 'an expired usersig', 70001, (d) => (d.signing = { ...d.signing, time: startOfTime - 11, expire: 10 })),
  fault(14, 'a revoked usersig', 70052, (d) => (d.revoked = true)),
  fault(15, 'a usersig under another key', 70009, (d) => (d.signing = { ...d.signing, key: 'another key' })),
  fault(17, 'an identifier that is no administrator', 60010, (d) => (d.query.identifier = 'bob')),
  fault(18, 'a disabled command', 60017, (d) => (d.app = { ...d.app, disabledCommands: [d.path.slice(4)] })),
  fault(19, 'a command over its rate', 60007, (d) =>
    override(d, { rates: { ...d.app.overrides?.rates, [d.path.slice(4)]: 0 } }),
  ),
  fault(20, 'an application over its rate', 60011, (d) =>
    override(d, { rates: { ...d.app.overrides?.rates, '*': 0 } }),
  ),
  fault(21, 'too many requests in flight', 60018, (d) => override(d, { maxInFlight: 0 })),
  fault(21, 'an overloaded node', 60019, (d) => (d.overloaded = true)),
  fault(22, 'a body that is no JSON', 60003, (d) => (d.body = '{"CallId":')),
  fault(22, 'an empty body', 60003, (d) => (d.body = '')),
  fault(23, 'a number for an account', 60015, (d) => (d.body = '{"x":[{"Some_Account":1}]}')),
  fault(24, 'a missing field', 101002, (d) => (d.body = '{}')),
  fault(25, 'an account service that is late', 60014, (d) => (d.path = '/v4/call_engine_http_srv/slow_accounts')),
  fault(26, 'an answer that is not what was promised', 60013, (d) => (d.path = '/v4/call_engine_http_srv/wrong_shape')),
];

let scene: Scene;
let client: RawClient;
let overloaded = false;
let base: App;

beforeAll(async () => {
  scene = await Scene.open({ commands: faultyCommands, gateway: { overloaded: () => overloaded } });
  base = scene.app;
  client = await RawClient.open(scene.port);
});

afterAll(async () => {
  client.close();
  await scene.close();
});

/** Sends a request with these faults; the fault of the earliest check is applied last, so that it holds. */
async function codeOf(...chosen: readonly Fault[]): Promise<number> {
  const draft: Draft = {
    path: `/v4/${command}`,
    method: 'POST',
    query: { sdkappid: String(base.sdkAppId), identifier: 'administrator', random: '1', contenttype: 'json' },
    tail: '',
    signing: {},
    userSig: undefined,
    body: '{"CallId":"no call"}',
    app: {},
    overloaded: false,
    revoked: false,
  };
  for (const one of [...chosen].sort((a, b) => b.check - a.check)) one.spoil(draft);
  if (!('usersig' in draft.query)) {
    const identifier = draft.query.identifier ?? 'administrator';
    draft.query.usersig = draft.userSig ?? scene.userSig({ identifier, ...draft.signing });
  }
  const query = Object.entries(draft.query).filter(([, value]) => value !== undefined);
  const text = query.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&');
  await scene.change({ ...base, ...draft.app });
  overloaded = draft.overloaded;
  if (draft.revoked) {
    const name = user(draft.query.identifier ?? 'administrator');
    await scene.store.accounts.revoke(base.sdkAppId, name, Math.floor(scene.clock.now() / 1000));
  }
  client.post(`${draft.path}?${text}${draft.tail}`, draft.body, {}, draft.method);
  const answer = await client.answer();
  expect(answer.status).toBe(200);
  const envelope = answer.json();
  expect(envelope.ActionStatus).toBe(envelope.ErrorCode === 0 ? 'OK' : 'FAIL');
  expect(envelope.RequestId).toMatch(/^Id-[0-9a-f]{32}-O-Seq-[0-9]{5,}$/);
  expect(envelope.ErrorInfo.length).toBeGreaterThan(10);
  // Later signatures are not revoked, and wrong ones are never ten a minute.
  scene.clock.advance(7000);
  return envelope.ErrorCode;
}

describe('the order of the checks', () => {
  it('lets a request without a fault through to the command', async () => {
    expect(await codeOf()).toBe(101004);
  });

  it.each(faults.map((one) => [one.check, one.what, one.code, one] as const))(
    'check %i: %s is answered with %i',
    async (_check, _what, code, one) => {
      expect(await codeOf(one)).toBe(code);
    },
  );

  it('answers a request with two faults by the check that comes first, for every pair', async () => {
    const wrong: string[] = [];
    for (const first of faults) {
      for (const second of faults) {
        if (second.check <= first.check) continue;
        const code = await codeOf(second, first);
        if (code !== first.code) wrong.push(`${first.what} + ${second.what}: ${code}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('answers a request in which everything from a check on is wrong by that check', async () => {
    for (const first of faults) {
      const rest = faults.filter((one) => one.check > first.check && one.check < 24);
      expect([first.what, await codeOf(first, ...rest)]).toEqual([first.what, first.code]);
    }
  });

  it('knows every code of the documented table', async () => {
    const codes = new Set<number>();
    for (const one of faults) codes.add(one.code);
    for (let code = 60002; code <= 60021; code += 1) expect(codes).toContain(code);
  });
});

describe('check 16', () => {
  it('tells the eleventh wrong signature within a minute to wait, and still takes a right one', async () => {
    await scene.change(base);
    scene.clock.advance(61_000);
    const wrong = { key: 'wrong' };
    const codes: number[] = [];
    for (let i = 0; i < 11; i += 1) codes.push((await scene.send(command, { CallId: 'x' }, wrong)).ErrorCode);
    expect(codes).toEqual([...Array<number>(10).fill(70009), 70050]);
    expect((await scene.send(command, { CallId: 'x' })).ErrorCode).toBe(101004);
    scene.clock.advance(61_000);
    expect((await scene.send(command, { CallId: 'x' }, wrong)).ErrorCode).toBe(70009);
  });
});

describe('the lines under a signature', () => {
  const encode = (members: object): string => packUserSig(JSON.stringify({ 'TLS.ver': '2.0', ...members }));
  const send = (userSig: string, identifier = 'administrator') =>
    codeOf(
      fault(12, 'a usersig of our own', 0, (d) => {
        d.query.identifier = identifier;
        d.userSig = userSig;
      }),
    );

  it('cannot be cut anew: what was signed for a user is not the signature of an administrator', async () => {
    const [key] = base.keys;
    const sdkAppId = base.sdkAppId;
    const [time, expire] = [Math.floor(scene.clock.now() / 1000), 86_400];
    // Somebody registers under a name with line ends, and the backend of the application signs it.
    const name = `administrator\nTLS.sdkappid:${sdkAppId}\nTLS.time:${time}\nTLS.expire:${expire}\nTLS.userbuf:`;
    const signed = { identifier: name, sdkAppId, time, expire };
    const sig = signatureOf(signed, key?.secret ?? '').toString('base64');
    const numbers = { 'TLS.sdkappid': sdkAppId, 'TLS.time': time, 'TLS.expire': expire, 'TLS.sig': sig };
    const rest = `\nTLS.sdkappid:${sdkAppId}\nTLS.time:${time}\nTLS.expire:${expire}`;
    const forged = encode({ 'TLS.identifier': 'administrator', 'TLS.userbuf': rest, ...numbers });
    expect(await send(forged)).toBe(70003);
    expect(await send(encode({ 'TLS.identifier': 'adm\nin', ...numbers }), 'adm\nin')).toBe(70003);
  });

  it('take a userbuf of standard base64, and nothing else', async () => {
    const codeWith = async (userbuf: string): Promise<number> => {
      const fields = {
        identifier: 'administrator',
        sdkAppId: base.sdkAppId,
        time: Math.floor(scene.clock.now() / 1000),
        expire: 86_400,
        userbuf,
      };
      return send(
        encode({
          'TLS.identifier': fields.identifier,
          'TLS.sdkappid': fields.sdkAppId,
          'TLS.time': fields.time,
          'TLS.expire': fields.expire,
          'TLS.userbuf': userbuf,
          'TLS.sig': signatureOf(fields, base.keys[0]?.secret ?? '').toString('base64'),
        }),
      );
    };
    expect(await codeWith('ab+/cQ==')).toBe(101004);
    for (const userbuf of ['ab\n', 'a=b=', 'ab*-', 'a b', '====']) {
      expect([userbuf, await codeWith(userbuf)]).toEqual([userbuf, 70003]);
    }
  });
});
