import Type from 'typebox';
import { unconfigure } from '../../callback.ts';
import { defineCommand } from '../../command.ts';
import { callbackRate, legacyCallback } from './callback-fields.ts';

/** Stops sending callbacks. */
export const deleteLegacyCallback = defineCommand({
  version: 'v1',
  service: 'callback',
  command: 'delete',
  summary: 'Stops sending callbacks.',
  description: 'Callbacks that wait for their delivery are dropped. Succeeds when nothing is configured, too.',
  rate: callbackRate,
  request: Type.Object({}),
  response: Type.String({ description: 'Empty.' }),
  errors: [],
  examples: [{ title: 'As it is sent', scene: 'legacyCallback', request: {}, response: '' }],
  async handle(context) {
    await unconfigure(context, legacyCallback);
    return '';
  },
});
