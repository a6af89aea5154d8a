import { type UserId, userId } from 'ringback-protocol';
import { expect, it, onTestFinished } from 'vitest';
import { NativeMember } from '../../../../../bench/lib/native-member.mjs';
import { SfuProvider } from '../../../src/media/sfu/sfu.ts';
import { openLog } from '../../../src/observe/log.ts';
import { systemClock } from '../../../src/observe/system-clock.ts';
import type { DeviceMessage } from '../../../src/ports/media.ts';

const size = 60;

/** As long as browsers write it: with more to each section. */
const asBrowsers = (sdp: string) => sdp.replaceAll('a=mid:', `a=extmap:1 ${'x'.repeat(320)}\r\na=mid:`);

it('a room of sixty shows each the pictures of the others, whoever comes last', async () => {
  const { log } = openLog({ level: 'silent' });
  const provider = new SfuProvider({ clock: systemClock, log, address: '127.0.0.1', maxMembers: 100 });
  onTestFinished(() => provider.close());
  const members = new Map<UserId, NativeMember>();
  const troubles: string[] = [];
  const room = await provider.open('room', {
    tell: (id, data) => members.get(id)?.take(data),
    media: (id, state) => void (state === 'gone' && troubles.push(id)),
    lost: (reason) => troubles.push(reason),
  });
  for (let i = 0; i < size; i += 1) {
    const id = userId(`member-${i}`);
    const send = (data: DeviceMessage) => {
      try {
        room.receive(id, data.type === 'answer' ? { ...data, sdp: asBrowsers(data.sdp) } : data);
      } catch (error) {
        troubles.push(String(error));
      }
    };
    const member = new NativeMember({ send });
    onTestFinished(() => member.close());
    members.set(id, member);
    room.enter(id);
    member.publish();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const all = [...members.values()];
  const feeds = 2 * (size - 1);
  const waits = { timeout: 60_000, interval: 100 };
  await expect.poll(() => all.filter((one) => one.feeds.length === feeds && one.open).length, waits).toBe(size);
  const last = all.at(-1);
  const timer = setInterval(() => last?.play(), 20);
  onTestFinished(() => clearInterval(timer));
  await expect.poll(() => all.filter(({ received }) => received > 20).length, waits).toBe(size - 1);
  expect(troubles).toEqual([]);
});
