import { Refusal } from 'ringback-protocol';
import { makeWebhookSecret } from '../auth/webhook-secret.ts';
import type { Endpoint } from '../ports/endpoints.ts';
import type { CommandContext } from './command.ts';

/** One of the two endpoints that callers of the API configure, each with the commands of its format. */
interface Callback {
  readonly id: string;
  readonly format: Endpoint['format'];
}

/** What is configured; undefined when nothing is. */
export function configured({ app, endpoints }: CommandContext, { id }: Callback): Endpoint | undefined {
  const endpoint = endpoints.get(app.sdkAppId, id);
  return endpoint === undefined || endpoint.url === '' ? undefined : endpoint;
}

/** Configures a callback, instead of what was configured before; the secret and the token stay. */
export async function configure(
  { app, endpoints, webhookProblem }: CommandContext,
  { id, format }: Callback,
  wanted: { readonly url: string; readonly commands: readonly string[] },
  field: string,
): Promise<void> {
  const problem = webhookProblem(wanted.url);
  if (problem !== undefined) throw new Refusal('bad_params', `${field} ${problem}`, field);
  const commands = [...new Set(wanted.commands)];
  await endpoints.change(app.sdkAppId, id, (before) => {
    const same = before?.url === wanted.url && before.commands.join() === commands.join() && before.state !== 'gone';
    if (same) return before;
    return {
      app: app.sdkAppId,
      id,
      format,
      url: wanted.url,
      commands,
      secrets: before?.secrets ?? [makeWebhookSecret()],
      token: before?.token ?? '',
      // That it is told anew means that it is there again; what an operator has paused stays paused.
      state: before?.state === 'paused' ? 'paused' : 'active',
    };
  });
}

/** Takes a callback away, with what waits for it. Its secret stays for when it comes back. */
export async function unconfigure({ app, endpoints }: CommandContext, { id }: Callback): Promise<void> {
  await endpoints.change(app.sdkAppId, id, (before) =>
    before === undefined || before.url === '' ? before : { ...before, url: '', commands: [] },
  );
}
