import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Status } from '../admin/status.ts';
import { Failure, sentenceOf, UsageError } from './failure.ts';
import type { Trust } from './send.ts';

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

/** Whom to trust there: on this machine the very certificate of the server, elsewhere the well-known authorities. */
export function trustOf(given: string | undefined, { server }: Status, data: string): Trust {
  if (given === undefined && server !== undefined && server.certificate !== '') {
    return { ca: [server.certificate], pinned: true };
  }
  const development = join(data, 'dev-cert.pem');
  return {
    ca: existsSync(development) ? [...rootCertificates, readPem(development)] : rootCertificates,
    pinned: false,
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure(`The certificate ${path} cannot be read: ${sentenceOf(error)}.`);
  }
}
