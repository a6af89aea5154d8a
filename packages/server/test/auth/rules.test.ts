import { describe, expect, it } from 'vitest';
import { explainUserSig } from '../../src/auth/explain.ts';
import { ipAllowed } from '../../src/auth/ip-rules.ts';
import { makeUserSig } from '../../src/auth/usersig.ts';
import { isIpRule } from '../../src/config/ip-rules.ts';
import { testApp } from '../support/test-app.ts';

const now = 1_735_700_000_000;
const app = testApp();
const make = (change: Partial<Parameters<typeof makeUserSig>[0]> = {}) =>
  makeUserSig({
    sdkAppId: app.sdkAppId,
    userId: 'administrator',
    key: app.keys[0]?.secret ?? '',
    expire: 86_400,
    now: now / 1000,
    ...change,
  });

describe('ipAllowed', () => {
  it.each([
    [[], '203.0.113.9', true],
    [['203.0.113.9'], '203.0.113.9', true],
    [['203.0.113.9'], '203.0.113.10', false],
    [['203.0.113.0/24'], '203.0.113.10', true],
    [['203.0.113.0/24'], '::ffff:203.0.113.10', true],
    [['203.0.113.0/24'], '2001:db8::1', false],
    [['2001:db8::/32'], '2001:db8::1', true],
    [['nonsense'], '203.0.113.9', false],
  ])('a list of %j takes %s: %s', (allowIps, ip, expected) => {
    expect(ipAllowed(testApp({ allowIps }), ip)).toBe(expected);
  });

  it.each(['1.2.3.4', '1.2.3.0/24', '::1', '2001:db8::/32'])('%s is a rule', (rule) => {
    expect(isIpRule(rule)).toBe(true);
  });

  it.each(['', 'host', '1.2.3.4/33', '::1/129', '1.2.3.4/', '1.2.3.4/8/8', '1.2.3'])('%j is no rule', (rule) => {
    expect(isIpRule(rule)).toBe(false);
  });
});

describe('explainUserSig', () => {
  const explain = (text: string, more: Partial<Parameters<typeof explainUserSig>[1]> = {}) =>
    explainUserSig(text, { apps: [app], now, ...more });
  const wrongs = (text: string, more = {}) =>
    explain(text, more)
      .filter((one) => one.level === 'wrong')
      .map((one) => one.text)
      .join(' ');

  it('of a good one finds nothing wrong', () => {
    expect(wrongs(make())).toBe('');
    expect(
      explain(make())
        .map((one) => one.text)
        .join(' '),
    ).toContain('under key k1 of application 1400000001');
  });

  it.each<[string, string, RegExp]>([
    ['empty', '', /is empty/],
    ['cut', make().slice(0, -12), /cut short/],
    [
      'in the standard alphabet',
      make().replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '='),
      /standard base64/,
    ],
    ['encoded twice', encodeURIComponent(encodeURIComponent(make().replaceAll('_', '%5F'))), /encoded twice/],
    ['with a line end', `${make().slice(0, 40)}\n${make().slice(40)}`, /blanks or line ends/],
    ['not compressed', Buffer.from('{"TLS.ver":"2.0"}').toString('base64').replaceAll('=', '_'), /not compressed/],
    ['the JSON itself', '{"TLS.ver":"2.0"}', /JSON itself/],
    ['of an application that is not here', make({ sdkAppId: 7 }), /no application 7/],
    ['expired', make({ now: now / 1000 - 90_000 }), /expired .* ago/],
    ['with its time in ms', make({ now }), /milliseconds/],
    ['under another key', make({ key: 'another' }), /No key of any application/],
  ])('%s: says so', (_, text, expected) => {
    expect(wrongs(text)).toMatch(expected);
  });

  it('names the application whose key was used by mistake', () => {
    const other = testApp({ sdkAppId: 1400000002 as never, keys: [{ id: 'k9', secret: 'other', createdAt: 0 }] });
    expect(wrongs(make({ key: 'other' }), { apps: [app, other] })).toContain('key k9 of application 1400000002');
  });

  it('notices a clock that is ahead, a name that differs, a kick, and somebody who is no administrator', () => {
    const notes = (text: string) =>
      explain(text)
        .map((one) => one.text)
        .join(' ');
    expect(notes(make({ now: now / 1000 + 3600 }))).toMatch(/60 minutes in the future/);
    expect(notes(make({ userId: 'alice' }))).toMatch(/no administrator/);
    expect(wrongs(make(), { identifier: 'root' })).toMatch(/70013/);
    expect(wrongs(make(), { sdkAppId: 5 })).toMatch(/70014/);
    expect(wrongs(make(), { revokedAt: now / 1000 })).toMatch(/70052/);
  });

  it('never shows a key', () => {
    const all = ['', make(), make({ key: 'another' }), '{}', 'xx']
      .flatMap((text) => explain(text))
      .map((one) => one.text)
      .join(' ');
    expect(all).not.toContain(app.keys[0]?.secret);
  });
});
