import type { Command } from 'commander';
import { common, parseAppId } from './options.ts';
import { print, tell } from './output.ts';
import { runFor, type WebhookOptions } from './webhook-sub.ts';

interface TriggerOptions extends WebhookOptions {
  readonly caller: string;
  readonly callee: string;
}

/** `ringback trigger`: makes the events of a sample call happen. */
export function addTriggerCommand(program: Command): void {
  common(
    program
      .command('trigger')
      .description('make a webhook event happen: that of a sample call, which rings nobody and leaves no record'),
    [
      'ringback trigger start-call',
      'ringback trigger call     # all the events of a call, in order',
      'ringback trigger end-call --caller alice --callee bob',
    ],
  )
    .argument('<event>', 'start-call, member-changed, end-call, or call for all of them')
    .option('--app <id>', 'the application (default: the only one)', parseAppId)
    .option('--caller <user>', 'who calls in it', 'alice')
    .option('--callee <user>', 'who is called in it', 'bob')
    .option('--json', 'print JSON')
    .action(async (event: string, { caller, callee }: TriggerOptions, command: Command) =>
      runFor(
        command,
        'webhooks.trigger',
        (app) => ({ app, event, caller, callee }),
        ({ events }) => {
          for (const { webhookId, command: word, endpoints } of events) {
            print(`${webhookId}  ${word} → ${endpoints.length === 0 ? 'nobody wants it' : endpoints.join(', ')}`);
          }
          if (events.every(({ endpoints }) => endpoints.length === 0)) {
            tell(
              'note: only `ringback listen` hears it. Configure an endpoint with call_config/set_callback or `ringback webhooks add`.',
            );
          }
        },
      ),
    );
}
