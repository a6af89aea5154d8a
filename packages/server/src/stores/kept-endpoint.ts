import type { SdkAppId } from 'ringback-protocol';
import type { Endpoint } from '../ports/endpoints.ts';
import type { Secrets } from './secrets.ts';

const placeOf = (app: SdkAppId, id: string): string => `endpoints/${app}/${id}`;

/** The text in which an endpoint is kept. */
export function endpointText({ app, id, ...config }: Endpoint, secrets: Secrets): string {
  return secrets.seal(placeOf(app, id), JSON.stringify(config));
}

/** Whether nothing is to be told there; it may be kept for its secret. */
export const isOff = (endpoint: Endpoint | undefined): boolean => endpoint === undefined || endpoint.url === '';

/** An endpoint from the text in which it is kept. Throws a sentence for the operator where its key is not given. */
export const keptEndpoint = (app: SdkAppId, id: string, text: string, secrets: Secrets): Endpoint => ({
  ...(JSON.parse(secrets.open(placeOf(app, id), text)) as Endpoint),
  app,
  id,
});
