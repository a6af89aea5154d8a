import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAddress } from '../config/address.ts';
import { CertificateProblem, readCertificate } from '../config/certificate.ts';
import { isOpenToOthers } from '../config/file-rights.ts';
import type { Settings } from '../config/settings.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { sourcesOf } from './options.ts';

const what = 'certificate';

/** ms; two weeks. */
const soon = 14 * 86_400_000;

/**
 * The certificate that HTTPS would use: readable, of one pair with its key, valid, and for which names. `served`: the one that the
 * running server uses, PEM; empty when there is none.
 */
export function checkCertificate(settings: Settings, now: number, served: string): readonly Finding[] {
  if (parseAddress(settings.https) === undefined) return [ok(what, 'HTTPS is off.')];
  const [cert, key] = [settings['tls.cert'], settings['tls.key']];
  const give = `Give both: ${sourcesOf('tls.cert')}, ${sourcesOf('tls.key')}.`;
  if (cert === '' && key === '') {
    if (settings.dev) return checkDevelopment(settings.data, now);
    if (settings['gateway.trustProxy'].length > 0) return [ok(what, 'A proxy terminates TLS.')];
    return [
      fail(what, 'HTTPS has no certificate, so the server would refuse to start.', `${give} Or try it out with --dev.`),
    ];
  }
  if (cert === '' || key === '') return [fail(what, 'Of tls.cert and tls.key only one is set.', give)];
  return [...compare(cert, served), ...judge(cert, key, now)];
}

function checkDevelopment(data: string, now: number): readonly Finding[] {
  const [cert, key] = [join(data, 'dev-cert.pem'), join(data, 'dev-key.pem')];
  if (!existsSync(cert)) return [ok(what, 'Development mode makes its own at the first start.')];
  return judge(cert, key, now);
}

/** Whether the running server uses what the file holds. Of a file that cannot be read, the judgement says more. */
function compare(path: string, served: string): readonly Finding[] {
  if (served === '') return [];
  try {
    if (readFileSync(path, 'utf8') === served) return [];
  } catch {
    return [];
  }
  const until = new Date(Date.parse(new X509Certificate(served).validTo)).toISOString().slice(0, 10);
  return [
    warn(
      what,
      `The server still uses another one than ${path} holds, until ${until}.`,
      'It looks once a minute. If this stays, its log says why it does not take the new one.',
    ),
  ];
}

function judge(certPath: string, keyPath: string, now: number): readonly Finding[] {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readCertificate({ cert: certPath, key: keyPath }).cert);
  } catch (error) {
    if (error instanceof CertificateProblem) return [fail(what, error.what, error.fix)];
    throw error;
  }
  const findings: Finding[] = [];
  if (isOpenToOthers(statSync(keyPath), keyPath)) {
    findings.push(warn(what, `${keyPath} can be read by others.`, `chmod 600 ${keyPath}`));
  }
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const names = certificate.subjectAltName?.replaceAll('IP Address:', '').replaceAll('DNS:', '') ?? '';
  const until = new Date(to).toISOString().slice(0, 10);
  const renew = 'Renew it: the server takes the new one within a minute, or at once on SIGHUP.';
  if (to <= now) findings.push(fail(what, `${certPath} expired on ${until}.`, renew));
  else if (from > now) {
    const since = new Date(from).toISOString().slice(0, 10);
    findings.push(fail(what, `${certPath} is valid only from ${since} on.`, 'Check the clock, or wait.'));
  } else if (names === '') {
    findings.push(
      fail(what, `${certPath} names no host (subjectAltName).`, 'Have one made with the name of the host.'),
    );
  } else if (to - now < soon) findings.push(warn(what, `${certPath} expires on ${until}.`, renew));
  else findings.push(ok(what, `For ${names}, until ${until}.`));
  return findings;
}
