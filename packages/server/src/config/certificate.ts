import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { fileReason } from './file-reason.ts';

/** Paths of a certificate and its key, PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** What is wrong with a certificate or its key, and what to do about it; a sentence each. */
export class CertificateProblem extends Error {
  override readonly name = 'CertificateProblem';
  readonly what: string;
  readonly fix: string;

  constructor(what: string, fix: string) {
    super(`${what} ${fix}`);
    this.what = what;
    this.fix = fix;
  }
}

/** Reads a certificate and its key, and makes sure that TLS can use them. Throws a `CertificateProblem`. */
export function readCertificate({ cert, key }: CertificateFiles): { readonly cert: Buffer; readonly key: Buffer } {
  const files = { cert: read('tls.cert', cert), key: read('tls.key', key) };
  const certificate = parseCertificate(cert, files.cert);
  if (!certificate.checkPrivateKey(parseKey(key, files.key))) {
    throw new CertificateProblem(
      `tls.key: ${key} is not the key of ${cert} (tls.cert).`,
      'Give the pair that was made together.',
    );
  }
  try {
    createSecureContext(files);
  } catch (error) {
    throw new CertificateProblem(
      `tls.cert: TLS cannot use ${cert}: ${openSslReason(error)}.`,
      'Have a new one made, with an RSA key of 2048 bits or more or an EC key.',
    );
  }
  return files;
}

function read(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CertificateProblem(
      `${setting}: ${path} cannot be read: ${fileReason(error)}.`,
      'Name a PEM file that this user may read.',
    );
  }
}

function parseCertificate(path: string, text: Buffer): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new CertificateProblem(
      `tls.cert: ${path} is not a certificate in PEM form.`,
      text.includes('PRIVATE KEY-----')
        ? 'It holds a private key: perhaps tls.cert and tls.key are swapped.'
        : 'Name the file of the certificate chain; it has a line "-----BEGIN CERTIFICATE-----".',
    );
  }
}

function parseKey(path: string, text: Buffer): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    const locked = text.includes('ENCRYPTED');
    throw new CertificateProblem(
      locked
        ? `tls.key: ${path} is locked with a passphrase.`
        : `tls.key: ${path} is not a private key in PEM form that can be read.`,
      locked
        ? `Write it without one: openssl pkey -in ${path} -out <new file>.`
        : 'Name the file of the key; it has a line with "PRIVATE KEY-----".',
    );
  }
}

/** `error:0A00018F:SSL routines::ee key too small` → `ee key too small`. */
const openSslReason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^error:[^:]*:[^:]*:[^:]*:/, '');
