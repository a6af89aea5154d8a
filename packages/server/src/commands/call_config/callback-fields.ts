import { callbackCommands } from 'ringback-protocol';
import { Type } from 'typebox';
import { callbackEndpoint } from '../../ports/endpoints.ts';

/** The endpoint of the three commands. */
export const callback = { id: callbackEndpoint, format: 'v4' } as const;

/** The words that `CallbackCommandList` may hold. */
export const callbackWords: readonly string[] = Object.values(callbackCommands);

/** What is configured, on the wire. */
export const callbackFields = {
  Url: Type.String({ description: 'Where events are sent; starts with `http://` or `https://`.' }),
  CallbackCommandList: Type.Array(Type.String(), {
    description: `Which events: ${callbackWords.map((word) => `\`${word}\``).join(', ')}.`,
  }),
};

export const exampleCallback = {
  Url: 'https://example.com/calls',
  CallbackCommandList: ['Call.CallbackAfterStartCall', 'Call.CallbackAfterEndCall'],
};
