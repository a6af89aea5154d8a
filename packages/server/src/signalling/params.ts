import { type RequestMethod, signallingRequests } from 'ringback-protocol';
import { ParamsCheck } from '../requests/params-check.ts';

/** The checks of all requests, by method. */
export const paramsChecks: ReadonlyMap<string, ParamsCheck> = new Map(
  (Object.keys(signallingRequests) as RequestMethod[]).map((method) => [
    method,
    new ParamsCheck(signallingRequests[method].params),
  ]),
);
