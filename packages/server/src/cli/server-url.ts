import type { Status } from '../admin/status.ts';
import { Failure, UsageError } from './failure.ts';

/** Where the server is. From this machine, one that listens everywhere is on loopback. */
export function serverUrl(given: string | undefined, { server }: Status): string {
  if (given !== undefined) {
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
      throw new UsageError(`"${given}" is not a URL: write https://host:port.`);
    }
    return given;
  }
  if (server === undefined) {
    throw new Failure('No server runs on this data directory. Start it (`ringback serve`), or name one with --url.');
  }
  const address = server.addresses.https ?? server.addresses.http;
  if (address === undefined) throw new Failure('The server has neither http nor https open.');
  return reachable(address);
}

/** The address of a server that listens everywhere, as it is on this machine. */
export const reachable = (address: string): string =>
  address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');

/** Whether a server is on this machine. */
export const isHere = ({ hostname }: URL): boolean => /^(localhost|127\..*|\[::1\])$/.test(hostname);
