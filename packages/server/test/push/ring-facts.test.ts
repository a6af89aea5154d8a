import type { Call } from 'ringback-engine';
import { deviceId, type PushChannel } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import type { DeviceToken } from '../../src/ports/push.ts';
import { wantedTokens } from '../../src/push/ring-facts.ts';
import { messageOf, tokenOf } from './message.ts';

const { ring } = messageOf();

/** A call that rings bob, as far as his pushes go by it. */
const callOf = (iosChannel?: PushChannel): Call =>
  ({ members: [{ userId: ring.userId, push: { ...(iosChannel && { iosChannel }) } }] }) as unknown as Call;

const token = (device: string, channel: PushChannel, provider = 'ios'): DeviceToken =>
  tokenOf(`${device} ${channel}`, { device: deviceId(device), channel, provider });

const wanted = (call: Call, ...tokens: readonly DeviceToken[]): readonly string[] =>
  wantedTokens(call, ring, tokens).map((one) => `${one.device} ${one.channel} ${one.provider}`);

describe('of the tokens of a user', () => {
  const both = [token('phone', 'alert'), token('phone', 'voip')];

  it.each([
    [undefined, 'phone voip ios'],
    ['voip', 'phone voip ios'],
    ['alert', 'phone alert ios'],
  ] as const)('the one that the caller asks for (%s) is wanted where a device has both', (channel, one) => {
    expect(wanted(callOf(channel), ...both)).toEqual([one]);
  });

  it.each([
    ['voip', 'phone alert ios'],
    ['alert', 'tablet voip ios'],
  ] as const)('the only one of a device is wanted although it is not %s', (channel, one) => {
    const only = channel === 'voip' ? token('phone', 'alert') : token('tablet', 'voip');
    expect(wanted(callOf(channel), only)).toEqual([one]);
  });

  it('those of each device and of each provider are wanted by themselves', () => {
    const others = [token('tablet', 'alert'), token('phone', 'alert', 'android')];
    expect(wanted(callOf(), ...both, ...others)).toEqual(['phone voip ios', 'tablet alert ios', 'phone alert android']);
  });

  it('where nothing is known of the member, VoIP is wanted', () => {
    expect(wanted({ members: [] } as unknown as Call, ...both)).toEqual(['phone voip ios']);
  });
});
