import { Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { configure } from '../callback.ts';
import { defineCommand } from '../command.ts';
import { callback, callbackFields, callbackWords, exampleCallback } from './callback-fields.ts';

/** Where and of what an application is told. */
export const setCallback = defineCommand({
  service: 'call_config',
  command: 'set_callback',
  summary: 'Sets where the events of calls are sent.',
  description:
    'An application has one configuration; a second call replaces the first. The same content again changes nothing. Addresses of private networks are refused unless the operator allows them. Deliveries are signed with the secret of the application (`ringback webhooks secret`), which stays the same. An endpoint that an operator has paused stays paused, and its events wait; one that had answered 410 is sent to again.',
  request: Type.Object(callbackFields),
  response: null,
  errors: ['config_bad_params'],
  examples: [{ title: 'Two of the three events', scene: 'idle', request: exampleCallback, response: null }],
  async handle(context, { Url, CallbackCommandList }) {
    if (CallbackCommandList.length === 0) {
      throw new Refusal('bad_params', 'CallbackCommandList must name at least one event', 'CallbackCommandList');
    }
    const unknown = CallbackCommandList.some((word) => !callbackWords.includes(word));
    if (unknown) {
      const detail = `CallbackCommandList must hold only ${callbackWords.join(', ')}`;
      throw new Refusal('bad_params', detail, 'CallbackCommandList');
    }
    await configure(context, callback, { url: Url, commands: CallbackCommandList }, 'Url');
    return null;
  },
});
