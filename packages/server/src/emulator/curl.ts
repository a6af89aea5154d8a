import { type RestDoor, signedQuery } from './rest.ts';

/** A command that answers something at any time. */
export const command = 'call_record_http_srv/get_record_by_filter';

/** A line for a shell that sends a command as the administrator. */
export const curlLine = (door: RestDoor, path: string): string =>
  `curl -s '${door.url()}/v4/${path}?${signedQuery(door)}' -d '{}'`;
