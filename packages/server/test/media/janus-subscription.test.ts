import { expect, it } from 'vitest';
import type { JanusHandle } from '../../src/media/janus/node.ts';
import { Subscription } from '../../src/media/janus/subscription.ts';
import { type JanusMessage, readMessage } from '../../src/media/janus/wire.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** What Janus says when it offers these feeds' sound. */
const offering = (id: number, feeds: readonly string[]): JanusMessage =>
  readMessage(
    JSON.stringify({
      janus: 'event',
      sender: id,
      plugindata: { data: { streams: feeds.map((feed, i) => ({ mid: `${i}`, feed_id: feed, type: 'audio' })) } },
      jsep: { type: 'offer', sdp: 'v=0' },
    }),
  ) as JanusMessage;

/** A subscription whose Janus answers as the test says, request by request. */
function open(answers: ((id: number) => JanusMessage | Error)[]) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const detached: number[] = [];
  const offers: (readonly [number, readonly string[]])[] = [];
  const troubles: string[] = [];
  let handles = 0;
  const attach = async (): Promise<JanusHandle> => {
    handles += 1;
    const id = handles;
    return {
      id,
      ask: async (body) => {
        const { request, streams, subscribe } = body as Record<string, unknown>;
        asked.push(`${id} ${request} ${JSON.stringify(streams ?? subscribe ?? [])}`);
        const answer = answers.shift()?.(id) ?? new Error('unasked');
        if (answer instanceof Error) throw answer;
        return answer;
      },
      trickle: () => {},
      detach: () => detached.push(id),
    };
  };
  const subscription = new Subscription({
    room: 'room',
    token: 'token',
    clock,
    attach,
    listener: () => {},
    userOf: (feed) => feed as never,
    offer: (n, _, feeds) => offers.push([n, feeds.map(({ userId }) => userId)]),
    trouble: (error) => troubles.push(String(error)),
  });
  return { subscription, clock, asked, detached, offers, troubles };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Has bob's feed, whose offer is answered, and then asks for carl's. */
async function askForCarl(subscription: Subscription): Promise<void> {
  subscription.add(['bob']);
  await settle();
  subscription.answer(1, 'v=0');
  await settle();
  subscription.add(['carl']);
  await settle();
}

it('joins again on another handle when Janus refused the first feeds', async () => {
  const { subscription, clock, asked, detached, offers, troubles } = open([
    () => new Error('No such feed (428)'),
    (id) => offering(id, ['bob']),
  ]);
  subscription.add(['gone', 'bob']);
  await settle();
  expect(troubles).toEqual(['Error: No such feed (428)']);
  expect(detached).toEqual([1]);
  subscription.remove('gone');
  clock.advance(499);
  await settle();
  expect(asked).toHaveLength(1);
  clock.advance(1);
  await settle();
  expect(asked).toEqual(['1 join [{"feed":"gone"},{"feed":"bob"}]', '2 join [{"feed":"bob"}]']);
  expect(offers).toEqual([[1, ['bob']]]);
});

it('says the offer that waits once more when it is asked to, and none that was answered', async () => {
  const { subscription, offers } = open([(id) => offering(id, ['bob'])]);
  subscription.again();
  subscription.add(['bob']);
  await settle();
  subscription.again();
  expect(offers).toEqual([
    [1, ['bob']],
    [1, ['bob']],
  ]);
  subscription.answer(1, 'v=0');
  await settle();
  subscription.again();
  expect(offers).toHaveLength(2);
});

it('asks again for a change that failed, ever less often, and ends that with the member', async () => {
  const late = () => new Error('Janus has not answered in time.');
  const { subscription, clock, asked, offers } = open([
    (id) => offering(id, ['bob']),
    (id) => offering(id, []),
    late,
    late,
    (id) => offering(id, ['bob', 'carl']),
  ]);
  await askForCarl(subscription);
  for (const ms of [500, 1000]) {
    clock.advance(ms);
    await settle();
  }
  expect(asked.slice(2)).toEqual(Array(3).fill('1 update [{"feed":"carl"}]'));
  expect(offers.at(-1)).toEqual([2, ['bob', 'carl']]);

  const other = open([late]);
  other.subscription.add(['bob']);
  await settle();
  other.subscription.close();
  other.clock.advance(60_000);
  await settle();
  expect(other.asked).toHaveLength(1);
});

it('offers what comes late, and goes on after an answer that Janus refused', async () => {
  const { subscription, clock, asked, offers, troubles } = open([
    (id) => offering(id, ['bob']),
    () => new Error('refused'),
    () => new Error('Janus has not answered in time.'),
    (id) => offering(id, []),
  ]);
  await askForCarl(subscription);
  expect(asked.map((one) => one.split(' ')[1])).toEqual(['join', 'start', 'update']);
  expect(troubles).toHaveLength(2);
  subscription.late(offering(7, ['mallory']));
  subscription.late(offering(1, ['bob', 'carl']));
  expect(offers).toEqual([
    [1, ['bob']],
    [2, ['bob', 'carl']],
  ]);
  subscription.answer(2, 'v=0');
  await settle();
  expect(asked.at(-1)).toBe('1 start []');
  clock.advance(60_000);
  await settle();
  expect(asked).toHaveLength(4);
});
