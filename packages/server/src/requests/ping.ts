import { type Call, memberOf } from 'ringback-engine';
import { bounds, callId, Refusal } from 'ringback-protocol';
import type { SignallingRequest } from './request.ts';

/**
 * `ping`: a sign of life. The session has noted it already; this tells what a device may have missed, and that a device in a
 * call is here.
 */
export const ping: SignallingRequest<'ping'> = {
  method: 'ping',
  needs: 'signIn',
  handle: async ({ services, session, app, me }, params, answer) => {
    let call: Call | undefined;
    if (params.callId === undefined) call = await services.calls.callOf(app, me.userId);
    else call = await services.calls.get(app, callId(params.callId));
    const member = call === undefined ? undefined : memberOf(call, me.userId);
    // How far a call has come is nobody's business outside it.
    if (params.callId !== undefined && member === undefined) throw new Refusal('not_in_call');

    const holds = member?.status === 'Calling' && member.device === me.device;
    // Another node may watch over the device: one that has made a step for it, or that it was at before.
    if (call !== undefined && holds && session.isOpen) await services.calls.keepHeard(call, me.userId, me.device);
    const pingMs = holds ? bounds.pingInCall : bounds.pingIdle;
    const changed = pingMs !== session.pingMs;
    session.pingMs = pingMs;
    answer({
      ...(params.callId === undefined || call === undefined ? {} : { eventSeq: call.eventSeq }),
      ...(changed ? { pingMs } : {}),
    });
  },
};
