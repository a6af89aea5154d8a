import type { Command } from 'commander';
import type { EndpointView } from '../admin/endpoint-view.ts';
import { pickApp, withAccess } from './access.ts';
import { exitCodes } from './failure.ts';
import { settingsFrom } from './options.ts';
import { tell } from './output.ts';
import type { WebhookOptions } from './webhook-sub.ts';

/**
 * Shows how many events still wait at these endpoints, until none does. Those that nothing is sent to are left aside, with a
 * sentence for each and exit code 1, and so are events that are given up meanwhile.
 */
export async function watchDeliveries(command: Command, ids: readonly string[]): Promise<void> {
  const { settings } = settingsFrom(command);
  const { app } = command.opts() as WebhookOptions;
  await withAccess(settings, {}, async (access) => {
    if (!access.running || ids.length === 0) return;
    const id = await pickApp(access, app);
    let most = 0;
    let first: readonly EndpointView[] | undefined;
    let isDone = false;
    for (;;) {
      const endpoints = await access.ask('endpoints.list', { app: id });
      first ??= endpoints;
      const { waiting, stopped } = judge(ids, endpoints, first);
      most = Math.max(most, waiting);
      showShare(waiting, most);
      // An event that is being given up waits no longer a moment before it counts as given up: a second look sees it.
      if (waiting === 0 && isDone) {
        showEnd(stopped);
        return;
      }
      isDone = waiting === 0;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  });
}

/** How many wait where they are delivered, and why others are not; `first` is how the endpoints were at the beginning. */
export function judge(
  ids: readonly string[],
  endpoints: readonly EndpointView[],
  first: readonly EndpointView[],
): { readonly waiting: number; readonly stopped: readonly string[] } {
  let waiting = 0;
  const stopped: string[] = [];
  for (const id of ids) {
    const endpoint = endpoints.find((one) => one.id === id);
    if (endpoint === undefined || endpoint.url === '') stopped.push(`${id} has been removed; nothing is sent to it.`);
    else if (endpoint.state === 'active') waiting += endpoint.waiting;
    else if (endpoint.waiting > 0) stopped.push(reasonOf(endpoint));
    const givenUp = (endpoint?.parked ?? 0) - (first.find((one) => one.id === id)?.parked ?? 0);
    if (givenUp > 0) {
      const events = givenUp === 1 ? '1 event was' : `${givenUp} events were`;
      stopped.push(`${events} given up at ${id} meanwhile. \`ringback webhooks parked ${id}\` shows them.`);
    }
  }
  return { waiting, stopped };
}

const reasonOf = ({ id, state, waiting }: EndpointView): string =>
  state === 'paused'
    ? `${id} is paused; ${waiting} wait there. \`ringback webhooks resume ${id}\` sends them.`
    : `${id} has answered 410; ${waiting} wait there. Once it works, \`ringback webhooks resume ${id}\` sends them.`;

function showShare(waiting: number, most: number): void {
  if (!process.stderr.isTTY) return;
  const share = most === 0 ? 1 : 1 - waiting / most;
  process.stderr.write(`\r[${'#'.repeat(Math.round(share * 30)).padEnd(30, '.')}] ${waiting} wait `);
}

function showEnd(stopped: readonly string[]): void {
  if (process.stderr.isTTY) tell('');
  else if (stopped.length === 0) tell('All of them are delivered.');
  for (const sentence of stopped) tell(sentence);
  if (stopped.length > 0) process.exitCode = exitCodes.failure;
}
