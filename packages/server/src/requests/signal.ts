import { memberOf } from 'ringback-engine';
import { bounds, callId, Refusal, userId, utf8Length } from 'ringback-protocol';
import { mediaDataOf } from './media-data.ts';
import type { SignallingRequest } from './request.ts';

/**
 * `signal`: passes data from device to device within a call, or to the media service of the call. Into what goes from
 * device to device the server does not look, and it keeps nothing.
 */
export const signal: SignallingRequest<'signal'> = {
  method: 'signal',
  needs: 'signIn',
  handle: async ({ services, app, me }, params, answer) => {
    const data = textOfData(params.data, params.to === '' ? bounds.mediaBytes : bounds.signalBytes);
    const forService = params.to === '' ? mediaDataOf(params.data) : undefined;
    const call = await services.calls.get(app, callId(params.callId));
    const from = memberOf(call, me.userId);
    if (from?.status !== 'Calling') throw new Refusal('not_in_call');
    if (from.device !== me.device) throw new Refusal('answered_elsewhere');
    if (forService !== undefined) {
      await services.media.receive(call, from, forService, () => answer({}));
      return;
    }
    const to = memberOf(call, userId(params.to));
    if (to?.status !== 'Calling' || to.device === '') {
      throw new Refusal('not_in_call', 'The user named in to is not in this call.', 'to');
    }
    answer({});
    const head = JSON.stringify({ callId: call.callId, from: me.userId });
    const frame = `{"jsonrpc":"2.0","method":"signal","params":${head.slice(0, -1)},"data":${data}}}`;
    services.bus.publish(app.sdkAppId, [{ userId: to.userId, device: to.device }], frame);
  },
};

/** The data as JSON text, within its bound. What was parsed may still nest too deeply to be written. */
function textOfData(data: unknown, most: number): string {
  let text: string;
  try {
    text = JSON.stringify(data);
  } catch {
    throw new Refusal('frame_bad_params', 'data is nested too deeply', 'data');
  }
  if (utf8Length(text) > most) {
    throw new Refusal('frame_bad_params', `data must be at most ${most} bytes of JSON`, 'data');
  }
  return text;
}
