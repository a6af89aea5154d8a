import { Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { configured } from '../../callback.ts';
import { defineCommand } from '../../command.ts';
import {
  applyLegacyCallback,
  callbackRate,
  exampleLegacyCallback,
  legacyCallback,
  legacyCallbackFields,
} from './callback-fields.ts';

/** Changes where callbacks are sent. */
export const updateLegacyCallback = defineCommand({
  version: 'v1',
  service: 'callback',
  command: 'update',
  summary: 'Changes where callbacks are sent.',
  description: 'As `set`, where there is something to change.',
  rate: callbackRate,
  request: Type.Object(legacyCallbackFields),
  response: Type.String({ description: 'The address.' }),
  errors: ['bad_params', 'no_callback'],
  examples: [
    {
      title: 'As it is sent',
      scene: 'legacyCallback',
      request: exampleLegacyCallback,
      response: exampleLegacyCallback.address,
    },
  ],
  handle(context, body) {
    if (configured(context, legacyCallback) === undefined) throw new Refusal('no_callback');
    return applyLegacyCallback(context, body);
  },
});
