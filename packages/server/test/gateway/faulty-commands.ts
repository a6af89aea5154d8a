import { Refusal } from 'ringback-protocol';
import Type from 'typebox';
import type { Command } from '../../src/commands/command.ts';
import { defineCommand } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';

const faulty = (command: string, handle: () => unknown): Command =>
  defineCommand({
    service: 'call_engine_http_srv',
    command,
    summary: 'A command that a test breaks.',
    description: '',
    request: Type.Object({ CallId: Type.String() }),
    response: Type.Object({ Answer: Type.String() }),
    errors: [],
    examples: [],
    handle: handle as () => { Answer: string },
  });

/** The list with commands that fail in every way in which a command can. */
export const faultyCommands: readonly Command[] = [
  ...commands,
  faulty('never', () => new Promise(() => {})),
  faulty('wrong_shape', () => ({ Answer: 1 })),
  faulty('wrong_shape_later', async () => null),
  faulty('no_json', () => ({ Answer: 'x', more: 1n })),
  faulty('slow_accounts', () => {
    throw new Refusal('account_timeout');
  }),
  faulty('throws', () => {
    throw new Error('secret of the house');
  }),
  faulty('rejects', async () => {
    throw new TypeError('secret of the house');
  }),
  faulty('store_away', async () => {
    throw new Refusal('internal');
  }),
  faulty('device_only', () => {
    throw new Refusal('already_in_call');
  }),
];
