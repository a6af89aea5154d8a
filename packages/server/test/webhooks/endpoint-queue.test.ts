import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import type { PendingEvent, PendingEvents } from '../../src/ports/outbox.ts';
import { EndpointQueue } from '../../src/webhooks/endpoint-queue.ts';
import { legacyPolicy, standardPolicy } from '../../src/webhooks/retry.ts';
import { appA, idOf, noon } from '../stores/support/fake-calls.ts';
import { ManualClock } from '../support/manual-clock.ts';

const endpoint: Endpoint = {
  app: appA,
  id: 'callback',
  format: 'v4',
  url: 'http://receiver.example/',
  commands: ['Call.CallbackAfterStartCall'],
  secrets: [],
  token: '',
  state: 'active',
};

const event = (eventSeq: number, call = 1, change: Partial<PendingEvent> = {}): PendingEvent => ({
  app: appA,
  endpoint: 'callback',
  startedAt: noon,
  callId: idOf(call),
  eventSeq,
  format: 'v4',
  part: 0,
  eventTime: noon + eventSeq,
  command: 'Call.CallbackAfterStartCall',
  body: '{}',
  clientIp: '',
  platform: 'Web',
  firstAt: 0,
  attempts: 0,
  ...change,
});

/** An event of a call that began five days before it. */
const late = (eventSeq: number) => event(eventSeq, 1, { eventTime: noon + 5 * 86_400_000 + eventSeq });

/** A queue over a disk that reads at once, and answers when the test lets it. */
function scene({ memory = 100, concurrency = 4, policy = standardPolicy, retryAfter = '' } = {}) {
  let disk: PendingEvent[] = [];
  let refuses = false;
  /** Attempts that wait for the test. */
  let held: (() => void)[] | undefined;
  /** What was delivered: call and number. */
  const sent: string[] = [];
  const checks: ((answer: boolean | Error) => Promise<void>)[] = [];
  const answers: { readonly of: 'call' | 'page'; readonly give: () => void }[] = [];
  const reading = (of: 'call' | 'page', is: (event: PendingEvent) => boolean, limit: number) =>
    new Promise<readonly PendingEvent[]>((resolve) => {
      const read = disk.filter(is).slice(0, limit);
      answers.push({ of, give: () => resolve(read) });
    });
  const pending: Partial<PendingEvents> = {
    ofCall: (_app, _endpoint, { callId }, limit) => reading('call', (one) => one.callId === callId, limit),
    page: (_app, _endpoint, after, limit) =>
      reading('page', ({ callId }) => after === undefined || callId > after.callId, limit),
    settle: async (done, { outcome }) => {
      if (outcome === 'delivered') {
        disk = disk.filter((one) => one.callId !== done.callId || one.eventSeq !== done.eventSeq);
      }
    },
    parkedBefore: () =>
      new Promise<boolean>((resolve, reject) => {
        checks.push(async (answer) => {
          if (answer instanceof Error) reject(answer);
          else resolve(answer);
          await settle();
        });
      }),
  };
  const clock = new ManualClock();
  const queue = new EndpointQueue(endpoint, policy, {
    pending: pending as PendingEvents,
    clock,
    mayAct: () => true,
    isWriting: () => false,
    send: async (_, { callId, eventSeq }) => {
      await new Promise<void>((resolve) => (held === undefined ? resolve() : held.push(resolve)));
      if (!refuses) sent.push(`${callId} ${eventSeq}`);
      return {
        at: noon,
        url: '',
        status: refuses ? 500 : 200,
        took: 1,
        error: refuses ? 'refused' : '',
        answer: '',
        retryAfter: refuses ? retryAfter : undefined,
      };
    },
    gone: () => {},
    attempted: () => {},
    parked: () => {},
    failed: (error) => {
      throw error;
    },
    random: () => 0,
    soon: setImmediate,
    concurrency,
    memory,
  });
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    queue,
    clock,
    settle,
    sent,
    checks,
    refuse: (so: boolean) => {
      refuses = so;
    },
    /** Lets no attempt end meanwhile. */
    holding: async (work: () => Promise<void>) => {
      const mine: (() => void)[] = [];
      held = mine;
      await work();
      held = undefined;
      for (const go of mine) go();
      await settle();
    },
    write: (...events: PendingEvent[]) => void disk.push(...events),
    /** Answers what was asked for so far, of one kind. */
    answer: async (of: 'call' | 'page') => {
      const some = answers.filter((one) => one.of === of);
      for (const one of some) answers.splice(answers.indexOf(one), 1);
      for (const { give } of some) give();
      await settle();
    },
  };
}

it('what was written of a call while it was being read is read, however late the answer comes', async () => {
  const { queue, sent, write, answer } = scene();
  write(event(3));
  queue.read({ callId: idOf(1), startedAt: noon });
  write(event(4));
  queue.read({ callId: idOf(1), startedAt: noon });
  await answer('page');
  await answer('page');
  await answer('call');
  expect(sent).toEqual([`${idOf(1)} 3`]);
  await answer('call');
  expect(sent).toEqual([3, 4].map((seq) => `${idOf(1)} ${seq}`));
});

it('what is new of a call that is being read waits for what comes before it', async () => {
  const { queue, sent, write, answer } = scene();
  write(event(3));
  queue.read({ callId: idOf(1), startedAt: noon });
  write(event(4), event(5));
  queue.add([event(5)]);
  await answer('page');
  await answer('page');
  await answer('call');
  await answer('call');
  expect(sent).toEqual([3, 4, 5].map((seq) => `${idOf(1)} ${seq}`));
});

it('a page that was read after the call is no reason to forget what the call did not show yet', async () => {
  const { queue, sent, write, answer } = scene();
  write(event(3));
  queue.read({ callId: idOf(1), startedAt: noon });
  write(event(4));
  queue.catchUp();
  await answer('page');
  await answer('call');
  await answer('call');
  expect(sent).toEqual([3, 4].map((seq) => `${idOf(1)} ${seq}`));
});

it.each([
  ['v4', standardPolicy],
  ['v1', legacyPolicy],
])('what a receiver asks for does not hold back the one that has taken its place meanwhile: %s', async (_, policy) => {
  const { queue, clock, settle, sent, refuse, holding } = scene({ policy, retryAfter: '3600' });
  refuse(true);
  await holding(async () => {
    queue.add([event(1)]);
    queue.update({ ...endpoint, url: 'http://other.example/' });
  });
  refuse(false);
  queue.add([event(1, 2)]);
  await settle();
  expect(sent).toEqual([`${idOf(2)} 1`]);
  clock.advance(60_000);
  await settle();
  expect(sent).toEqual([`${idOf(2)} 1`, `${idOf(1)} 1`]);
});

describe('calls that were set aside', () => {
  it('come back however often one was read while it was tried', async () => {
    const { queue, sent, write, answer, refuse, holding } = scene({ memory: 4, concurrency: 2 });
    // More than memory takes, of a receiver that refuses all of it: most are set aside.
    refuse(true);
    const all = Array.from({ length: 12 }, (_, n) => event(1, n + 1));
    write(...all);
    queue.catchUp();
    for (let n = 0; n < 12; n += 1) await answer('page');
    refuse(false);
    for (let round = 0; round < 60; round += 1) {
      queue.update({ ...endpoint });
      // It is heard that more was written of calls that are on their way.
      if (round < 4) for (const { callId, startedAt } of all) queue.read({ callId, startedAt });
      // What was asked for again is answered while the first answer's event is being tried.
      await holding(async () => {
        await answer('call');
        await answer('call');
      });
      await answer('page');
    }
    expect(new Set(sent)).toEqual(new Set(all.map(({ callId }) => `${callId} 1`)));
  });
});

it('events of a call from before are told in order, whichever question about them is answered first', async () => {
  const { queue, sent, write, checks } = scene();
  write(late(7), late(8));
  queue.add([late(7), late(8)]);
  await checks[1]?.(false);
  expect(sent).toEqual([]);
  await checks[0]?.(false);
  expect(sent).toEqual([`${idOf(1)} 7`, `${idOf(1)} 8`]);
});

it('an event whose question fails keeps back those after it', async () => {
  const { queue, sent, write, checks } = scene();
  write(late(7), late(8));
  queue.add([late(7), late(8)]);
  await checks[1]?.(false);
  await checks[0]?.(new Error('out of reach'));
  expect(sent).toEqual([]);
});
