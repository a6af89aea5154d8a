import Type from 'typebox';
import { unconfigure } from '../callback.ts';
import { defineCommand } from '../command.ts';
import { callback } from './callback-fields.ts';

/** No more events. */
export const deleteCallback = defineCommand({
  service: 'call_config',
  command: 'delete_callback',
  summary: 'Stops sending the events of calls.',
  description:
    'Events that wait for their delivery are dropped. Succeeds when nothing is configured, too, so it can be sent twice.',
  request: Type.Object({}),
  response: null,
  errors: [],
  examples: [{ title: 'Stop', scene: 'callback', request: {}, response: null }],
  async handle(context) {
    await unconfigure(context, callback);
    return null;
  },
});
