import { type CallId, deviceId, requestId, userId } from 'ringback-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { CallService } from '../../src/calls/call-service.ts';
import type { Cause } from '../../src/calls/requests.ts';
import { systemClock } from '../../src/observe/system-clock.ts';
import type { Store } from '../../src/stores/store.ts';
import { eachSharedStore, eachStore } from '../stores/support/each-store.ts';
import { noWebhooks } from '../support/no-webhooks.ts';
import { testApp } from '../support/test-app.ts';

const app = testApp();
const phone = (name: string) => deviceId(`${name}-phone`);

/** As many as a call takes. */
const callees = Array.from({ length: 8 }, (_, n) => `callee-${n + 1}`);

const by = (name: string): Cause => ({
  cause: 'device',
  actor: userId(name),
  device: phone(name),
  requestId: requestId(name),
  origin: { clientIp: '127.0.0.1', platform: 'Web' },
});

const open: CallService[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A process over this store; it tells nobody. */
function service({ calls, accounts, groups }: Store): CallService {
  const made = new CallService({
    store: calls,
    accounts,
    groups,
    outbox: noWebhooks,
    bus: {
      isUp: false,
      publish: () => {},
      disconnect: () => {},
      follow: () => {},
      leave: () => {},
      onDeliver: () => {},
    },
    clock: systemClock,
    observer: { started: () => {}, accepted: () => {}, ended: () => {}, failed: () => {} },
  });
  open.push(made);
  return made;
}

/** A call that rings at everybody. */
async function ring(store: Store, calls: CallService): Promise<CallId> {
  for (const name of ['caller', ...callees]) await store.accounts.ensure(app.sdkAppId, userId(name));
  const request = {
    caller: userId('caller'),
    robot: false,
    device: phone('caller'),
    callees: callees.map(userId),
    mediaType: 'Video',
    chatGroupId: '',
    roomId: '',
    roomIdType: 0,
    userData: '',
    timeout: 30_000,
  } as const;
  return (await calls.start(app, request, by('caller'))).callId;
}

const accept = (calls: CallService, callId: CallId, name: string) =>
  calls.apply(app, callId, { type: 'accept', userId: userId(name), device: phone(name) }, by(name));
const hangUp = (calls: CallService, callId: CallId, name: string) =>
  calls.apply(app, callId, { type: 'hangUp', userId: userId(name), device: phone(name) }, by(name));

/** The statuses of all members, as the store tells everybody. */
const statuses = async (store: Store, callId: CallId) =>
  (await store.calls.read(app.sdkAppId, callId))?.members.map(({ status }) => status);

describe('devices of one call that act at the same moment', () => {
  eachStore('of one process', (scene) => {
    it('are all served, each in its turn', async () => {
      const calls = service(scene.store);
      const callId = await ring(scene.store, calls);
      await Promise.all(callees.map((name) => accept(calls, callId, name)));
      expect(await statuses(scene.store, callId)).toEqual(Array(9).fill('Calling'));
      await Promise.all(callees.slice(0, 7).map((name) => hangUp(calls, callId, name)));
      const history = await scene.store.calls.history(app.sdkAppId, callId, 0);
      expect(history.map(({ seq }) => seq)).toEqual(history.map((_, n) => n + 1));
      expect(history.filter(({ type }) => type === 'hangUp')).toHaveLength(7);
    });

    it('are all served where nobody has looked at the call before', async () => {
      const callId = await ring(scene.store, service(scene.store));
      await scene.reopen();
      const calls = service(scene.store);
      await Promise.all(callees.map((name) => accept(calls, callId, name)));
      expect(await statuses(scene.store, callId)).toEqual(Array(9).fill('Calling'));
    });
  });

  eachSharedStore('of two processes', (scene) => {
    it('are all served, however often those of the other process come first', async () => {
      const there = await scene.beside('n2');
      const sides = [service(scene.store), service(there)] as const;
      for (let round = 0; round < 5; round += 1) {
        const callId = await ring(scene.store, sides[0]);
        const side = (n: number) => sides[n % 2] as CallService;
        await Promise.all(callees.map((name, n) => accept(side(n), callId, name)));
        expect(await statuses(there, callId)).toEqual(Array(9).fill('Calling'));
        await Promise.all(['caller', ...callees].map((name, n) => hangUp(side(n), callId, name).catch(() => {})));
        expect((await scene.store.calls.record(app.sdkAppId, callId))?.result).toBe('NormalEnd');
      }
    });
  });
});
