import { Refusal, requestId, callId as toCallId } from 'ringback-protocol';
import type { Cause } from '../../packages/server/src/calls/requests.ts';
import { app, userOf } from '../node/users.ts';
import type { Cluster } from './cluster.ts';
import type { Action, Extra, PlannedCall, PlannedFault } from './plan.ts';

const rest: Cause = {
  cause: 'rest',
  actor: '',
  device: '',
  requestId: requestId('rest'),
  origin: { clientIp: '192.0.2.2', platform: 'RESTAPI' },
};

/** Makes happen what the plan says. */
export function perform(cluster: Cluster, action: Action): void {
  if (action.kind === 'call') call(cluster, action);
  else fault(cluster, action);
}

function call(cluster: Cluster, planned: PlannedCall): void {
  const started = (callId: string): void => {
    for (const extra of planned.extras)
      cluster.scheduler.after(extra.after, () => happen(cluster, planned, callId, extra));
  };
  if (!planned.robot) {
    cluster.phone(planned.caller, planned.device)?.start(planned, started);
    return;
  }
  const node = cluster.anyNode();
  const request = {
    caller: userOf(999),
    robot: true,
    device: '',
    callees: planned.callees.map(userOf),
    mediaType: 'Audio',
    chatGroupId: planned.group ? 'team' : '',
    roomId: '',
    roomIdType: 0,
    userData: `c${planned.n}`,
    timeout: planned.timeout,
  } as const;
  node?.calls.start(app, request, rest).then(
    ({ callId, call }) => {
      cluster.judge.answers.answered(call);
      started(callId);
    },
    (error: unknown) => cluster.judge.failed(error, 'start by robot'),
  );
}

function happen(cluster: Cluster, planned: PlannedCall, callId: string, extra: Extra): void {
  const caller = cluster.phone(planned.caller, planned.device);
  cluster.trace(() => `now ${JSON.stringify(extra)} of ${callId}`);
  switch (extra.what) {
    case 'invite':
      caller?.act('invite', { callId, users: extra.users.map(userOf), timeoutMs: 5000, userData: `c${planned.n}` });
      return;
    case 'join':
      cluster.phone(extra.user, 0)?.join(callId);
      return;
    case 'switchMedia':
      caller?.act('switchMedia', { callId, mediaType: 'Audio' });
      return;
    case 'end':
      end(cluster, callId);
      return;
    case 'kick':
      kick(cluster, extra.user);
      return;
    case 'mediaFailed': {
      const phone = inCall(cluster, extra.user, callId);
      const kept = [...cluster.database.calls.values()].find((one) => one.call.callId === callId)?.call;
      if (phone?.node?.ready !== true || kept === undefined) return;
      cluster.judge.journal.did(callId, phone.device, 'mediaFailed');
      phone.node.service.mediaFailed(kept, phone.userId, phone.device);
      return;
    }
    case 'signOut': {
      const phone = inCall(cluster, extra.user, callId);
      phone?.signOut(1000);
      return;
    }
    case 'vanish':
      inCall(cluster, extra.user, callId)?.vanish(extra.away);
  }
}

const inCall = (cluster: Cluster, user: number, callId: string) =>
  cluster.phones.find((one) => one.user === user && one.callId === callId);

function end(cluster: Cluster, callId: string): void {
  cluster.judge.journal.did(callId, '', 'end');
  cluster
    .anyNode()
    ?.calls.apply(app, toCallId(callId), { type: 'end' }, rest)
    .then(
      (call) => cluster.judge.answers.answered(call),
      (error: unknown) => cluster.judge.failed(error, 'end_call'),
    );
}

function kick(cluster: Cluster, user: number): void {
  const userId = userOf(user);
  const node = cluster.anyNode();
  if (node === undefined) return;
  node.removal
    .kick(app, userId, rest)
    .catch((error: unknown) => {
      if (!(error instanceof Refusal)) cluster.judge.failed(error, 'kick');
    })
    .finally(cluster.judge.journal.kicks(node.self, userId));
}

function fault(cluster: Cluster, planned: PlannedFault): void {
  const { scheduler, network, receivers, judge } = cluster;
  cluster.trace(() => `fault ${JSON.stringify(planned)}`);
  const machine = 'node' in planned ? cluster.machines[planned.node] : undefined;
  const node = machine?.node;
  switch (planned.what) {
    case 'crash':
      if (machine === undefined || node === undefined) return;
      if (planned.withDevices) {
        for (const phone of cluster.phones) if (phone.node === node && phone.callId !== undefined) phone.vanish(40_000);
      }
      cluster.down(machine, planned.ms);
      return;
    case 'strike':
      node?.line.strike(planned.nth, planned.after, () => {
        if (machine?.node === node && machine !== undefined) cluster.down(machine, planned.ms);
      });
      return;
    case 'stop':
      if (machine !== undefined) cluster.stop(machine, planned.ms);
      return;
    case 'stall': {
      if (node === undefined) return;
      const over = judge.journal.disturbed(node.self);
      node.process.stall(planned.ms);
      scheduler.after(planned.ms, over);
      return;
    }
    case 'cutDatabase': {
      if (machine === undefined || node === undefined) return;
      // A disk that fails stops the process.
      if (cluster.machines.length === 1) {
        cluster.down(machine, planned.ms);
        return;
      }
      const over = judge.journal.disturbed(node.self);
      node.line.cut(true);
      scheduler.after(planned.ms, () => {
        node.line.cut(false);
        over();
      });
      return;
    }
    case 'cutBus':
      node?.bus?.cut(true);
      scheduler.after(planned.ms, () => node?.bus?.cut(false));
      return;
    case 'weather':
      network.weather = { loss: planned.loss, late: planned.late };
      scheduler.after(planned.ms, () => {
        network.weather = { loss: 0, late: 2 };
      });
      return;
    case 'mood': {
      const id = cluster.receiverIds[planned.receiver] ?? '';
      receivers.setMood(id, planned.mood);
      scheduler.after(planned.ms, () => receivers.setMood(id, 'well'));
      return;
    }
    case 'dropLines':
      for (const session of [...(node?.sessions ?? [])]) session.close();
      return;
    case 'loseLine':
      for (const phone of cluster.phones) if (phone.user === planned.user) phone.loseLine();
  }
}
