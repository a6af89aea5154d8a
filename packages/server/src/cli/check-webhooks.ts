import type { AppView } from '../admin/app-view.ts';
import { controlClient } from '../admin/control-client.ts';
import type { EndpointView } from '../admin/endpoint-view.ts';
import { type Finding, ok, warn } from './finding.ts';

/** Endpoints of the running server that nothing goes to, and events that were given up. */
export async function checkWebhooks(data: string): Promise<readonly Finding[]> {
  const ask = controlClient(data, 10_000);
  const apps = (await ask('app.list', {})) as readonly AppView[];
  const findings: Finding[] = [];
  let count = 0;
  for (const { id: app } of apps) {
    for (const endpoint of (await ask('endpoints.list', { app })) as readonly EndpointView[]) {
      count += 1;
      findings.push(...judge(endpoint));
    }
  }
  if (findings.length > 0) return findings;
  return count === 0
    ? []
    : [ok('webhooks', `${count} ${count === 1 ? 'endpoint' : 'endpoints'}, none of them stopped.`)];
}

function judge({ app, id, state, waiting, parked }: EndpointView): readonly Finding[] {
  const name = `Endpoint ${id} of application ${app}`;
  const own = `--app ${app}`;
  const findings: Finding[] = [];
  if (state === 'gone') {
    const text = `${name} has answered 410, so nothing is sent to it; ${waiting} events wait on disk.`;
    findings.push(
      warn('webhooks', text, `Once it works: ringback webhooks resume ${id} ${own}. Else: webhooks remove.`),
    );
  } else if (state === 'paused' && waiting > 0) {
    const text = `${name} is paused; ${waiting} events wait on disk.`;
    findings.push(warn('webhooks', text, `ringback webhooks resume ${id} ${own}`));
  }
  if (parked > 0) {
    const text = `${name} was not told of ${parked} events, which were given up.`;
    findings.push(warn('webhooks', text, `ringback webhooks replay --failed --endpoint ${id} ${own}`));
  }
  return findings;
}
