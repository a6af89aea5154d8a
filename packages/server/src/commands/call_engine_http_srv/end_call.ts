import { callId, fields, isCallId, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { exampleCallId } from '../examples.ts';

/** Ends a live call for all its members. */
export const endCall = defineCommand({
  service: 'call_engine_http_srv',
  command: 'end_call',
  summary: 'Ends a live call.',
  description:
    'Ends the call for everybody, ringing or talking; their devices are told that the server ended it. The record says `NormalEnd` when somebody had answered, else `Cancel`. A second `end_call` of the same call is refused with 101004.',
  request: Type.Object({ CallId: fields.callId() }),
  response: null,
  errors: ['bad_params', 'no_such_call', 'call_ended'],
  examples: [{ title: 'End a call', scene: 'ringing', request: { CallId: exampleCallId }, response: null }],
  async handle({ app, calls, cause }, { CallId }) {
    if (!isCallId(CallId)) throw new Refusal('no_such_call');
    await calls.apply(app, callId(CallId), { type: 'end' }, cause);
    return null;
  },
});
