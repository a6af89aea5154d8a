import { expect, it } from 'vitest';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import type { PendingEvent, PendingEvents } from '../../src/ports/outbox.ts';
import { EndpointQueue } from '../../src/webhooks/endpoint-queue.ts';
import { standardPolicy } from '../../src/webhooks/retry.ts';
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

const event = (eventSeq: number): PendingEvent => ({
  app: appA,
  endpoint: 'callback',
  startedAt: noon,
  callId: idOf(1),
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
});

/** A queue over a disk that reads at once, and answers when the test lets it. */
function scene() {
  let disk: PendingEvent[] = [];
  const sent: number[] = [];
  const answers: { readonly of: 'call' | 'page'; readonly give: () => void }[] = [];
  const reading = (of: 'call' | 'page') =>
    new Promise<readonly PendingEvent[]>((resolve) => {
      const read = [...disk];
      answers.push({ of, give: () => resolve(read) });
    });
  const pending: Partial<PendingEvents> = {
    ofCall: () => reading('call'),
    page: () => reading('page'),
    settle: async ({ eventSeq }) => {
      disk = disk.filter((one) => one.eventSeq !== eventSeq);
    },
  };
  const queue = new EndpointQueue(endpoint, standardPolicy, {
    pending: pending as PendingEvents,
    clock: new ManualClock(),
    mayAct: () => true,
    isWriting: () => false,
    send: async (_, { eventSeq }) => {
      sent.push(eventSeq);
      return { at: noon, url: '', status: 200, took: 1, error: '', answer: '', retryAfter: undefined };
    },
    gone: () => {},
    attempted: () => {},
    parked: () => {},
    failed: (error) => {
      throw error;
    },
    random: () => 0,
    soon: setImmediate,
    concurrency: 4,
    memory: 100,
  });
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    queue,
    sent,
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
  expect(sent).toEqual([3]);
  await answer('call');
  expect(sent).toEqual([3, 4]);
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
  expect(sent).toEqual([3, 4, 5]);
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
  expect(sent).toEqual([3, 4]);
});
