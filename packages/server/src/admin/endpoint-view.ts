import { callbackCommands, sdkAppId } from 'ringback-protocol';
import type { Endpoint, Endpoints } from '../ports/endpoints.ts';
import { appOf } from './app-view.ts';
import type { OperationContext } from './operation.ts';
import { refuse } from './refusals.ts';

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
  /** It has failed so often that one attempt at a time asks for it. */
  readonly failing: boolean;
}

/** When the first event happened that waits for an endpoint, ms; 0 when none does. */
export async function oldestOf({ pending }: OperationContext, { app, id }: Endpoint): Promise<number> {
  const [first] = await pending.page(app, id, undefined, 1);
  return first?.eventTime ?? 0;
}

/** How many events there are at an endpoint. */
export type Backlog = Pick<EndpointView, 'waiting' | 'parked' | 'failing'>;

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

/**
 * What waits at each endpoint of an application. A server that is the only one knows it; else it is counted. What is given up
 * meanwhile is among those that wait or those that are parked, or among both.
 */
export async function backlogOf(context: OperationContext, app: number): Promise<(id: string) => Backlog> {
  const { webhooks, pending, endpoints } = context;
  const failing = (id: string): boolean => webhooks?.failing(sdkAppId(app), id) ?? false;
  if (webhooks?.isAlone === true) {
    const waiting = new Map(endpoints.of(sdkAppId(app)).map(({ id }) => [id, webhooks.waiting(sdkAppId(app), id)]));
    const parked = await pending.parkedCounts(sdkAppId(app));
    return (id) => ({ waiting: waiting.get(id) ?? 0, parked: parked.get(id) ?? 0, failing: failing(id) });
  }
  const counted = new Map((await pending.counts(sdkAppId(app))).map((one) => [one.endpoint, one]));
  return (id) => {
    const { waiting = 0, parked = 0 } = counted.get(id) ?? {};
    return { waiting, parked, failing: failing(id) };
  };
}

/** The endpoint, or a refusal that names the ones there are. */
export function endpointOf({ apps, endpoints }: OperationContext, app: number, id: string): Endpoint {
  return endpoints.get(appOf(apps, app).sdkAppId, id) ?? noEndpoint(endpoints, app, id);
}

/** Changes an endpoint that is there, from what it is in its turn. */
export async function changeEndpointOf(
  { apps, endpoints }: OperationContext,
  app: number,
  id: string,
  change: (known: Endpoint) => Endpoint,
): Promise<Endpoint> {
  const { sdkAppId } = appOf(apps, app);
  const changed = await endpoints.change(sdkAppId, id, (kept) => change(kept ?? noEndpoint(endpoints, app, id)));
  return changed ?? noEndpoint(endpoints, app, id);
}

function noEndpoint(endpoints: Endpoints, app: number, id: string): never {
  const known = endpoints.of(sdkAppId(app)).map((one) => one.id);
  throw known.length === 0
    ? refuse('endpoint_none', { app, endpoint: id }, 'id')
    : refuse('endpoint_unknown', { app, endpoint: id, known: known.join(', ') }, 'id');
}

/** Events by the short words that operators use. */
export const eventWords: Readonly<Record<string, string>> = {
  'start-call': callbackCommands.StartCall,
  'member-changed': callbackCommands.MemberChanged,
  'end-call': callbackCommands.EndCall,
};
