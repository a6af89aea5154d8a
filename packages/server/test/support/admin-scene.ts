import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeId, Refusal } from 'ringback-protocol';
import { ControlServer } from '../../src/admin/control.ts';
import { controlClient } from '../../src/admin/control-client.ts';
import { makeOperator, makeStreamOpener } from '../../src/admin/operator.ts';
import { ConsoleAuth } from '../../src/auth/console-auth.ts';
import { CallService } from '../../src/calls/call-service.ts';
import { LiveCalls } from '../../src/calls/live-calls.ts';
import { makeRemoval } from '../../src/calls/removal.ts';
import { LocalPresence } from '../../src/cluster/local/presence.ts';
import { RequestLog } from '../../src/gateway/request-log.ts';
import type { Bus } from '../../src/ports/bus.ts';
import { TokenDesk } from '../../src/push/desk.ts';
import { openSenders } from '../../src/push/senders.ts';
import { DataLock } from '../../src/stores/data-lock.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { Dispatcher } from '../../src/webhooks/dispatcher.ts';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import { ManualClock } from './manual-clock.ts';
import { noWebhooks } from './no-webhooks.ts';

/** A data directory with what a running server holds of it: lock, store, calls, control socket. */
export async function adminScene(data = mkdtempSync(join(tmpdir(), 'ringback-admin-')), maxAccounts = 1_000_000) {
  const clock = new ManualClock();
  const lock = await DataLock.take(data, 'server');
  const store = await openSqlite({
    path: join(data, 'ringback.db'),
    node: nodeId('n1'),
    clock,
    maxAccounts,
    onFatal: (error) => {
      throw error;
    },
  });
  const notices: string[] = [];
  const bus: Bus = {
    isUp: false,
    publish: (_, to, frame) => {
      for (const one of to) notices.push(`${one.userId} ${JSON.parse(frame).method}`);
    },
    disconnect: () => {},
    follow: () => {},
    leave: () => {},
    onDeliver: () => {},
  };
  const { apps, accounts, calls: callStore } = store;
  const calls = new CallService({
    store: callStore,
    accounts,
    groups: store.groups,
    outbox: noWebhooks,
    bus,
    clock,
    observer: { started: () => {}, accepted: () => {}, ended: () => {}, failed: () => {} },
    follower: { changed: (call) => live.changed(call) },
  });
  const guard = new AddressGuard(['127.0.0.0/8']);
  const nothing = () => {};
  const webhooks = new Dispatcher({
    endpoints: store.endpoints,
    pending: store.pendingEvents,
    clock,
    sender: new Sender({ guard, timeout: 30_000 }),
    observer: { waiting: nothing, attempted: nothing, givenUp: nothing },
    log: { info: nothing, warn: nothing, error: nothing },
  });
  const failures: unknown[] = [];
  const auth = new ConsoleAuth({ store: store.console, clock });
  const live = new LiveCalls({
    clock,
    store: callStore,
    search: store.search,
    failed: (error) => failures.push(error),
  });
  const requests = new RequestLog(clock.now(), 100);
  const presence = new LocalPresence();
  const { senders } = openSenders({ guard, clock });
  const push = new TokenDesk({ providers: store.pushProviders, tokens: store.pushTokens, senders, clock });
  const context = {
    apps,
    accounts,
    console: store.console,
    auth,
    store: callStore,
    groups: store.groups,
    search: store.search,
    mediaEvents: store.mediaEvents,
    pushProviders: store.pushProviders,
    pushTokens: store.pushTokens,
    pushLog: store.pushLog,
    presence,
    removal: makeRemoval({ accounts, groups: store.groups, calls, bus, push, clock }),
    live,
    requests,
    calls,
    endpoints: store.endpoints,
    pending: store.pendingEvents,
    quality: store.quality,
    secrets: store.secrets,
    urlFlaw: (url: string) => guard.flaw(url),
    webhooks,
    clock,
    server: {
      dev: false,
      startedAt: 5,
      addresses: { https: 'https://127.0.0.1:1' },
      certificate: 'the certificate in use',
    },
  };
  const operator = makeOperator(context);
  const control = await ControlServer.open({ data, operator, failed: (_, error) => failures.push(error) });
  return {
    data,
    clock,
    store,
    calls,
    webhooks,
    auth,
    operator,
    openStream: makeStreamOpener(context),
    live,
    requests,
    presence,
    control,
    notices,
    failures,
    ask: controlClient(data),
    close: async () => {
      await control.close();
      live.close();
      calls.close();
      await webhooks.close();
      await store.close();
      lock.release();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

export type AdminScene = Awaited<ReturnType<typeof adminScene>>;

/** The name and the sentence of a refusal; fails when there was none. */
export async function refused(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('it was done'),
    (one: unknown) => one,
  );
  if (!(error instanceof Refusal)) throw error;
  return `${error.reason}: ${error.message}`;
}

/** Sends bytes to the control socket as they are; resolves with the body of the answer. */
export function rawPost(socketPath: string, path: string, body: string, method = 'POST'): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
