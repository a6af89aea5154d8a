import { deviceId } from 'ringback-protocol';
import { expect, it } from 'vitest';
import type { PushTarget } from '../../src/ports/push.ts';
import { SentPushes } from '../../src/push/sent-pushes.ts';
import { tokenOf } from './message.ts';

const tokens = ['a', 'b', 'c'].map((name) => tokenOf(`token-${name}`, { device: deviceId(name) }));

/** A store on several connections: each write lands after those that come later, unless one waits for the other. */
function slowStore(fails: (targets: readonly PushTarget[]) => boolean = () => false) {
  const landed: string[] = [];
  let [under, most, left] = [0, 0, tokens.length];
  const write = async (targets: readonly PushTarget[]): Promise<boolean> => {
    under += 1;
    most = Math.max(most, under);
    left -= 1;
    await new Promise((resolve) => setTimeout(resolve, 30 * left));
    under -= 1;
    if (fails(targets)) throw new Error('out of reach');
    landed.push(targets.map(({ device, sure }) => `${device}${sure ? '' : '?'}`).join(' '));
    return true;
  };
  return { landed, write, most: () => most };
}

it('the list that lands last is the longest, however the store answers', async () => {
  const { landed, write, most } = slowStore();
  const sent = new SentPushes([], write);
  expect(await Promise.all(tokens.map((token) => sent.add(token, true)))).toEqual([true, true, true]);
  expect([landed, most()]).toEqual([['a', 'a b', 'a b c'], 1]);
});

it('a list that could not be written is told to its push alone, and the next one has all of it', async () => {
  const { landed, write } = slowStore((targets) => targets.length === 1);
  const sent = new SentPushes([], write);
  const ends = await Promise.allSettled(tokens.map((token) => sent.add(token, true)));
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(landed).toEqual(['a b', 'a b c']);
});

it('a token is there once, as it was known last', async () => {
  const { landed, write } = slowStore();
  const [a, b] = tokens as [(typeof tokens)[0], (typeof tokens)[0]];
  const sent = new SentPushes([{ device: b.device, provider: b.provider, channel: b.channel, sure: false }], write);
  await sent.add(a, true);
  await sent.add(b, true);
  expect(landed).toEqual(['b? a', 'a b']);
});
