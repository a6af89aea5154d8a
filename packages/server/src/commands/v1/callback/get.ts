import { Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { configured } from '../../callback.ts';
import { defineCommand } from '../../command.ts';
import { callbackRate, exampleLegacyCallback, legacyCallback, legacyCallbackFields } from './callback-fields.ts';

/** Where callbacks are sent. */
export const getLegacyCallback = defineCommand({
  version: 'v1',
  service: 'callback',
  command: 'get',
  summary: 'Where callbacks are sent.',
  description: 'Answers what `set` or `update` has set.',
  rate: callbackRate,
  request: Type.Object({}),
  response: Type.Object(legacyCallbackFields),
  errors: ['no_callback'],
  examples: [{ title: 'As it is sent', scene: 'legacyCallback', request: {}, response: exampleLegacyCallback }],
  handle(context) {
    const endpoint = configured(context, legacyCallback);
    if (endpoint === undefined) throw new Refusal('no_callback');
    return { address: endpoint.url, actions: [...endpoint.commands] };
  },
});
