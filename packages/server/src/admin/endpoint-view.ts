import { callbackCommands, Refusal, sdkAppId } from 'ringback-protocol';
import type { Endpoint, Endpoints } from '../ports/endpoints.ts';
import { appOf } from './app-view.ts';
import type { OperationContext } from './operation.ts';

/** A webhook endpoint as operators see it. */
export interface EndpointView {
  readonly app: number;
  readonly id: string;
  readonly format: Endpoint['format'];
  /** Empty: not configured. */
  readonly url: string;
  readonly commands: readonly string[];
  readonly state: Endpoint['state'];
  /** Whether `Sign` and `RequestTime` are in its URL. */
  readonly token: boolean;
  /** The newest first; in full only where they are shown on purpose, else their last characters. */
  readonly secrets: readonly string[];
  /** Events that wait for their delivery. */
  readonly waiting: number;
  /** Events that were given up. */
  readonly parked: number;
}

/** How many events there are at an endpoint. */
export type Backlog = Pick<EndpointView, 'waiting' | 'parked'>;

export const endpointView = (endpoint: Endpoint, backlog: Backlog, reveal: boolean): EndpointView => ({
  app: endpoint.app,
  id: endpoint.id,
  format: endpoint.format,
  url: endpoint.url,
  commands: endpoint.commands,
  state: endpoint.state,
  token: endpoint.token !== '',
  secrets: endpoint.secrets.map((secret) => (reveal ? secret : `whsec_…${secret.slice(-5)}`)),
  ...backlog,
});

/** What waits at each endpoint of an application. A server that is the only one knows it; else it is counted. */
export async function backlogOf(context: OperationContext, app: number): Promise<(id: string) => Backlog> {
  const { webhooks, pending } = context;
  const parked = await pending.parkedCounts(sdkAppId(app));
  if (webhooks?.isAlone === true) {
    return (id) => ({ waiting: webhooks.waiting(sdkAppId(app), id), parked: parked.get(id) ?? 0 });
  }
  const counted = await pending.counts(sdkAppId(app));
  const waiting = new Map(counted.map((one) => [one.endpoint, one.waiting]));
  return (id) => ({ waiting: waiting.get(id) ?? 0, parked: parked.get(id) ?? 0 });
}

/** The endpoint, or a refusal that names the ones there are. */
export function endpointOf({ apps, endpoints }: OperationContext, app: number, id: string): Endpoint {
  const found = endpoints.get(appOf(apps, app).sdkAppId, id);
  if (found !== undefined) return found;
  throw new Refusal('bad_params', `Application ${app} has no endpoint ${id}. ${whatThereIs(endpoints, app)}`, 'id');
}

const whatThereIs = (endpoints: Endpoints, app: number): string => {
  const ids = endpoints.of(sdkAppId(app)).map(({ id }) => id);
  return ids.length === 0
    ? 'It has none: set_callback makes one, and so does `ringback webhooks add`.'
    : `It has ${ids.join(', ')}.`;
};

/** Events by the short words that operators use. */
export const eventWords: Readonly<Record<string, string>> = {
  'start-call': callbackCommands.StartCall,
  'member-changed': callbackCommands.MemberChanged,
  'end-call': callbackCommands.EndCall,
};
