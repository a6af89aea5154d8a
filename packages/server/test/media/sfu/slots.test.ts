import { type UserId, userId } from 'ringback-protocol';
import { expect, it, onTestFinished } from 'vitest';
import { NativeMember } from '../../../../../bench/lib/native-member.mjs';
import { SfuProvider } from '../../../src/media/sfu/sfu.ts';
import { openLog } from '../../../src/observe/log.ts';
import { systemClock } from '../../../src/observe/system-clock.ts';
import type { DeviceMessage, ProviderMessage } from '../../../src/ports/media.ts';

const pause = () => new Promise((resolve) => setTimeout(resolve, 400));

it('who takes the lines of one who left is not sent before the device has answered for whom they are', async () => {
  const { log } = openLog({ level: 'silent' });
  const provider = new SfuProvider({ clock: systemClock, log, address: '127.0.0.1' });
  onTestFinished(() => provider.close());
  const members = new Map<UserId, NativeMember>();
  const room = await provider.open('room', {
    tell: (id, data) => members.get(id)?.take(data),
    media() {},
    lost() {},
  });
  const enter = (name: string) => {
    const id = userId(name);
    const member = new NativeMember({ send: (data: DeviceMessage) => room.receive(id, data) });
    members.set(id, member);
    room.enter(id);
    member.publish();
    const timer = setInterval(() => member.play(), 10);
    onTestFinished(() => {
      clearInterval(timer);
      member.close();
    });
    return member;
  };
  const alice = enter('alice');
  enter('bob');
  await expect.poll(() => alice.received, { timeout: 10_000 }).toBeGreaterThan(50);

  // From now on alice answers only when told to.
  const take = alice.take.bind(alice);
  let held: (ProviderMessage & { readonly type: 'offer' })[] = [];
  alice.take = (message: ProviderMessage) => {
    if (message.type !== 'offer') take(message);
    else if (!held.some(({ n }) => n === message.n)) held.push(message);
  };
  const answer = () => {
    const [offer] = held;
    held = [];
    take(offer);
    return offer?.feeds?.map(({ userId: of }) => of);
  };
  room.leave(userId('bob'));
  await expect.poll(() => held.length).toBe(1);
  const carol = enter('carol');
  await expect.poll(() => carol.received, { timeout: 10_000 }).toBeGreaterThan(50);
  await pause();
  const before = alice.received;
  await pause();
  expect(alice.received).toBe(before);

  // The answer to the offer that bob has left is none to whom the lines show now.
  expect(answer()).toEqual([]);
  await expect.poll(() => held.length).toBe(1);
  await pause();
  expect(alice.received).toBe(before);
  expect(answer()).toEqual(['carol', 'carol']);
  await expect.poll(() => alice.received, { timeout: 10_000 }).toBeGreaterThan(before + 50);
});
