import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateFiles, readCertificate } from './certificate.ts';

const day = 86_400_000;

/**
 * The development certificate, kept in the data directory: self-signed, for localhost. Made when it is missing,
 * unusable or about to expire. `now` in ms.
 */
export async function devCertificate(data: string, now: number): Promise<CertificateFiles> {
  const files = { cert: join(data, 'dev-cert.pem'), key: join(data, 'dev-key.pem') };
  if (isGood(files, now)) return files;
  // Large, and no start with a certificate needs it.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    notBeforeDate: new Date(now - day),
    notAfterDate: new Date(now + 365 * day),
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(files.key, made.private, { mode: 0o600 });
  chmodSync(files.key, 0o600);
  writeFileSync(files.cert, made.cert);
  return files;
}

function isGood(files: CertificateFiles, now: number): boolean {
  if (!existsSync(files.cert) || !existsSync(files.key)) return false;
  try {
    const certificate = new X509Certificate(readCertificate(files).cert);
    return Date.parse(certificate.validTo) > now + 7 * day && Date.parse(certificate.validFrom) <= now;
  } catch {
    return false;
  }
}
