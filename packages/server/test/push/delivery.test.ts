import { describe, expect, it } from 'vitest';
import type { PushSender } from '../../src/ports/push.ts';
import { Delivery } from '../../src/push/delivery.ts';
import { configOf, messageOf, tokenOf } from './message.ts';

const broken = (): never => {
  throw new TypeError('Cannot destructure');
};

/** Deliveries by a sender that is right but for this. */
function delivery(change: Partial<PushSender>) {
  const errors: unknown[] = [];
  const counted: string[] = [];
  const sender: PushSender = {
    kind: 'webhook',
    problem: () => undefined,
    send: async () => ({ outcome: 'sent', status: 200, text: '' }),
    close: async () => {},
    ...change,
  };
  const config = configOf({ kind: 'webhook', url: 'https://push.example.com/', secrets: [] });
  const made = new Delivery({
    providers: { get: () => config },
    senders: [sender],
    pushed: (...what) => counted.push(what.join(' ')),
    failed: (error) => errors.push(error),
  });
  return { made, errors, counted };
}

describe('an attempt', () => {
  it.each([
    ['rejects', { send: async () => broken() }],
    ['throws', { send: broken }],
    ['cannot say where it sends to', { placeOf: broken }],
  ])(
    'of a sender that %s is one that may be tried again; the error is told, and the attempt counted',
    async (_, change) => {
      const { made, errors, counted } = delivery(change);
      const outcome = await made.attempt(tokenOf('t'), messageOf());
      // It is not said to be unsent: the device may have got it.
      expect(outcome).toEqual({ outcome: 'retry', status: 0, fault: 'ownError', text: expect.stringMatching(/log/) });
      expect(errors).toEqual([new TypeError('Cannot destructure')]);
      expect(counted).toEqual(['webhook ring retry']);
      expect(made.attempted).toBe(1);
    },
  );

  it('of a sender that is right is what it says', async () => {
    const { made, errors, counted } = delivery({});
    expect(await made.attempt(tokenOf('t'), messageOf())).toEqual({ outcome: 'sent', status: 200, text: '' });
    expect([errors, counted]).toEqual([[], ['webhook ring sent']]);
  });
});
