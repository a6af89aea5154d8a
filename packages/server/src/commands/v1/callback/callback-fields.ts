import { legacyActions, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { legacyEndpoint } from '../../../ports/endpoints.ts';
import { configure } from '../../callback.ts';
import type { CommandContext } from '../../command.ts';

/** The endpoint of the four commands. */
export const legacyCallback = { id: legacyEndpoint, format: 'v1' } as const;

/** Requests per second of each of them. */
export const callbackRate = 10;

/** What is configured, on the wire. */
export const legacyCallbackFields = {
  address: Type.String({ description: 'Where callbacks are sent; starts with `http://` or `https://`.' }),
  actions: Type.Array(Type.String(), {
    description: `Which callbacks: ${legacyActions.map((word) => `\`${word}\``).join(', ')}.`,
  }),
};

export const exampleLegacyCallback = {
  address: 'https://example.com/calls',
  actions: ['caller_start_call', 'callee_accept_call', 'normal_end'],
};

/** Configures the callback; answers its address. */
export async function applyLegacyCallback(
  context: CommandContext,
  { address, actions }: { readonly address: string; readonly actions: readonly string[] },
): Promise<string> {
  const known: readonly string[] = legacyActions;
  if (actions.length === 0 || actions.some((word) => !known.includes(word))) {
    throw new Refusal('bad_params', `actions must be some of ${legacyActions.join(', ')}`, 'actions');
  }
  await configure(context, legacyCallback, { url: address, commands: actions }, 'address');
  return address;
}
