import { deviceId, sdkAppId, userId } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { LocalPresence } from '../../../src/cluster/local/presence.ts';

describe('local presence', () => {
  const [one, two] = [sdkAppId(1), sdkAppId(2)];
  const [alice, bob] = [userId('alice'), userId('bob')];
  const on = (name: string, since: number) => ({ device: deviceId(name), platform: 'Web', since }) as const;
  const devices = async (presence: LocalPresence, app = one) =>
    Object.fromEntries(await presence.devices(app, [alice, bob]));

  it('lists the devices of those who are signed in, in the order of their sign-ins, each application apart', async () => {
    const presence = new LocalPresence();
    presence.online(one, alice, on('phone', 1));
    presence.online(one, alice, on('tablet', 2));
    presence.online(two, bob, on('phone', 3));
    presence.online(one, alice, on('phone', 4));
    expect(await devices(presence)).toEqual({ alice: [on('tablet', 2), on('phone', 4)] });
    expect(await devices(presence, two)).toEqual({ bob: [on('phone', 3)] });
  });

  it('forgets a user whose last device has gone, and does not mind one that was never there', async () => {
    const presence = new LocalPresence();
    presence.offline(one, alice, deviceId('phone'));
    presence.online(one, alice, on('phone', 1));
    presence.offline(one, alice, deviceId('tablet'));
    expect(await devices(presence)).toEqual({ alice: [on('phone', 1)] });
    presence.offline(one, alice, deviceId('phone'));
    expect(await devices(presence)).toEqual({});
  });
});
