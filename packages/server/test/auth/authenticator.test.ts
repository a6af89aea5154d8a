import { Refusal, type UserId, userId } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { Authenticator } from '../../src/auth/authenticator.ts';
import { makeUserSig } from '../../src/auth/usersig.ts';
import type { Accounts } from '../../src/ports/accounts.ts';
import type { App, Apps } from '../../src/ports/apps.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testApp } from '../support/test-app.ts';

function scene(change: Partial<App> = {}) {
  const app = testApp(change);
  const clock = new ManualClock();
  const refused: string[] = [];
  const apps = { get: (id: number) => (id === app.sdkAppId ? app : undefined) } as Apps;
  const accounts = { revokedAt: () => 0 } as unknown as Accounts;
  const authenticator = new Authenticator({ apps, accounts, clock, refused: (reason) => refused.push(reason) });
  const sign = (user: string, key = app.keys[0]?.secret ?? '') =>
    makeUserSig({ sdkAppId: app.sdkAppId, userId: user, key, expire: 600, now: clock.now() / 1000 });
  const enter = (user: string, userSig = sign(user), sdkAppId: number = app.sdkAppId): string | number => {
    try {
      const credentials = { sdkAppId, userId: userId(user) as UserId, userSig, clientIp: '1.2.3.4', origin: '' };
      return authenticator.authenticate(credentials).expiresAt - clock.now();
    } catch (error) {
      if (error instanceof Refusal) return error.reason;
      throw error;
    }
  };
  return { app, clock, authenticator, sign, enter, refused };
}

describe('Authenticator', () => {
  it('lets any user of the application in, until the end of the last second of the signature', () => {
    expect(scene().enter('alice')).toBe(601_000);
  });

  it.each<[string, Partial<App>, string]>([
    ['a disabled application', { disabled: true }, 'app_disabled'],
    ['an expired package', { packageExpiresAt: 1_700_000_000_000 }, 'package_expired'],
  ])('lets nobody into %s', (_, change, reason) => {
    expect(scene(change).enter('alice')).toBe(reason);
  });

  it('says what is wrong with an application that does not exist, and with a signature', () => {
    const { enter, sign } = scene();
    expect(enter('alice', sign('alice'), 5)).toBe('app_unknown');
    expect(enter('alice', sign('bob'))).toBe('identifier_mismatch');
    expect(enter('alice', 'nonsense')).toBe('usersig_illegal');
  });

  it('after ten wrong signatures says so of a further wrong one, but always takes a right one', () => {
    const { enter, sign, refused } = scene();
    for (let i = 0; i < 10; i += 1) expect(enter('alice', sign('alice', 'wrong'))).toBe('usersig_mismatch');
    expect(enter('alice', sign('alice', 'wrong'))).toBe('usersig_retries');
    expect(enter('alice')).toBe(601_000);
    expect(refused).toHaveLength(11);
  });

  it.each([
    ['as long as they may be', 'usersig_retries', 'a'.repeat(32)],
    ['longer than any', 'usersig_mismatch', 'a'.repeat(33)],
    ['longer than any in bytes', 'usersig_mismatch', '☎'.repeat(11)],
  ])('of wrong signatures of identifiers %s, the eleventh is %s', (_, eleventh, identifier) => {
    const { app, authenticator, clock, sign } = scene();
    const claim = { identifier, userSig: sign(identifier, 'wrong'), clientIp: '1.2.3.4', now: clock.now() };
    const names = Array.from({ length: 11 }, () => authenticator.verify(app, claim)?.name);
    expect(names).toEqual([...Array<string>(10).fill('usersig_mismatch'), eleventh]);
  });

  it('knows administrators', () => {
    const { authenticator, app } = scene();
    expect(authenticator.isAdmin(app, 'administrator')).toBe(true);
    expect(authenticator.isAdmin(app, 'alice')).toBe(false);
  });
});
