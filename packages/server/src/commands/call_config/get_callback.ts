import { Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { configured } from '../callback.ts';
import { defineCommand } from '../command.ts';
import { callback, callbackFields, exampleCallback } from './callback-fields.ts';

/** What set_callback has set. */
export const getCallback = defineCommand({
  service: 'call_config',
  command: 'get_callback',
  summary: 'Where the events of calls are sent.',
  description: 'Answers what `set_callback` has set.',
  request: Type.Object({}),
  response: Type.Object(callbackFields),
  errors: ['no_callback'],
  examples: [{ title: 'What was set', scene: 'callback', request: {}, response: exampleCallback }],
  handle(context) {
    const endpoint = configured(context, callback);
    if (endpoint === undefined) throw new Refusal('no_callback');
    return { Url: endpoint.url, CallbackCommandList: [...endpoint.commands] };
  },
});
