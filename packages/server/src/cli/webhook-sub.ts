import type { Command } from 'commander';
import type { AnswerOf, InputOf, OperationName } from '../admin/index.ts';
import { pickApp, withAccess } from './access.ts';
import { type CommonOptions, settingsFrom } from './options.ts';
import { printJson, tell } from './output.ts';

/** What the sub-commands of `ringback webhooks` take. */
export interface WebhookOptions extends CommonOptions {
  readonly app?: number;
  readonly json?: boolean;
  readonly url?: string;
  readonly events?: string;
  readonly token?: string;
  readonly rotate?: boolean;
  readonly retire?: boolean;
  readonly secret?: string;
}

/** Runs one operation on the application that is meant, and shows its answer as JSON or for people. */
export async function runFor<Name extends OperationName>(...given: Parameters<typeof answerOf<Name>>): Promise<void> {
  await answerOf(...given);
}

/** As `runFor`, for who has more to make of the answer than to show it: an exit code must not depend on `--json`. */
export async function answerOf<Name extends OperationName>(
  command: Command,
  name: Name,
  input: (app: number) => InputOf<Name>,
  show: (answer: AnswerOf<Name>) => void,
): Promise<AnswerOf<Name>> {
  const { settings } = settingsFrom(command);
  const { app, json } = command.opts() as WebhookOptions;
  const { answer, running } = await withAccess(settings, {}, async (access) => ({
    answer: await access.ask(name, input(await pickApp(access, app))),
    running: access.running,
  }));
  if (json === true) printJson(answer);
  else show(answer);
  if (!running && name !== 'webhooks.log' && !name.startsWith('push.'))
    tell('note: no server runs; webhooks go out when it starts.');
  return answer;
}

/** A sub-command with the options that all of them have. */
export type MakeSub = (usage: string, description: string, examples: readonly string[]) => Command;
