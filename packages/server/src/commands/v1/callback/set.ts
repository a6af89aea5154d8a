import Type from 'typebox';
import { defineCommand } from '../../command.ts';
import { applyLegacyCallback, callbackRate, exampleLegacyCallback, legacyCallbackFields } from './callback-fields.ts';

/** Sets where callbacks are sent. */
export const setLegacyCallback = defineCommand({
  version: 'v1',
  service: 'callback',
  command: 'set',
  summary: 'Sets where callbacks are sent.',
  description:
    'An application has one configuration; a second call replaces the first. The same content again changes nothing.',
  rate: callbackRate,
  request: Type.Object(legacyCallbackFields),
  response: Type.String({ description: 'The address.' }),
  errors: ['bad_params'],
  examples: [
    { title: 'As it is sent', scene: 'idle', request: exampleLegacyCallback, response: exampleLegacyCallback.address },
  ],
  handle: (context, body) => applyLegacyCallback(context, body),
});
