import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { rootCertificates, type SecureContextOptions } from 'node:tls';
import type { Status } from '../admin/status.ts';
import { fileReason } from '../config/file-reason.ts';
import { Failure, UsageError } from './failure.ts';
import { isHere } from './server-url.ts';

/** Whom to trust over HTTPS. */
export interface Trust {
  /** Certificates, PEM. Without them it is whom Node trusts by itself, with those that NODE_EXTRA_CA_CERTS names. */
  readonly ca?: readonly string[];
  /** The certificates are the very ones of the server, which is on this machine: its name does not matter. */
  readonly pinned: boolean;
}

/** What a command is told of the server. */
interface Given {
  readonly url?: string;
  readonly ca?: string;
}

/** The option of every command that has `--url`. */
export const caOption = [
  '--ca <file>',
  'certificates (PEM) of the authorities to trust at --url, in place of the usual ones',
] as const;

/** Whom to trust there: on this machine the very certificate of the server, elsewhere who is named, or the usual ones. */
export function trustOf({ url, ca }: Given, { server }: Status, data: string): Trust {
  if (url === undefined) {
    if (ca !== undefined) throw new UsageError('--ca needs --url: without it, the certificate of the server is known.');
    const certificate = server?.certificate ?? '';
    return certificate === '' ? { pinned: false } : { ca: [certificate], pinned: true };
  }
  if (ca !== undefined) return { ca: authoritiesIn(ca), pinned: false };
  // The certificate of development mode names this machine alone.
  const development = join(data, 'dev-cert.pem');
  if (!isHere(new URL(url)) || !existsSync(development)) return { pinned: false };
  return { ca: [...rootCertificates, ...extraCertificates(), readPem(development)], pinned: false };
}

/** Which certificates a connection takes. */
export const certificateOptions = ({ ca, pinned }: Trust): SecureContextOptions => ({
  ...(ca !== undefined && { ca: [...ca] }),
  ...(pinned && { allowPartialTrustChain: true }),
});

/** Which certificates, and for which names, a request over HTTPS takes. */
export const tlsOptions = (trust: Trust): RequestOptions => ({
  ...certificateOptions(trust),
  ...(trust.pinned && { checkServerIdentity: () => undefined }),
});

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function authoritiesIn(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--ca: ${path} cannot be read: ${fileReason(error)}.`);
  }
  const found = text.match(certificates) ?? [];
  if (found.length === 0) {
    throw new UsageError(`--ca: ${path} has no certificate in PEM form, with a line "-----BEGIN CERTIFICATE-----".`);
  }
  for (const [index, one] of found.entries()) {
    try {
      new X509Certificate(one);
    } catch {
      throw new UsageError(`--ca: certificate ${index + 1} in ${path} is damaged.`);
    }
  }
  return found;
}

/** Node forgets these once it is given certificates. A file that cannot be read it leaves out, and so do we. */
function extraCertificates(): readonly string[] {
  try {
    return readFileSync(process.env.NODE_EXTRA_CA_CERTS ?? '', 'utf8').match(certificates) ?? [];
  } catch {
    return [];
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure(`The certificate ${path} cannot be read: ${fileReason(error)}.`);
  }
}

/** What OpenSSL calls a certificate that nobody who is trusted has signed. */
const untrusted: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Why there is no connection, and the way out where nobody who is trusted vouches for the certificate. */
export function whyNoConnection(error: Error & { readonly code?: unknown }): string {
  const sentence = `${error.message}.`;
  if (!untrusted.has(error.code)) return sentence;
  return `${sentence} If it is of an authority of your own, name the file with the certificate of that one: --ca <file>, or NODE_EXTRA_CA_CERTS.`;
}
