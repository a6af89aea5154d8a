import type { Texts } from '../texts/texts.ts';
import { duration } from './format.ts';
import { say } from './say.ts';

/** What the server keeps of an attempt without an answer: what it says of itself, and names of the operating system. */
const known: readonly (readonly [form: RegExp, text: keyof Texts])[] = [
  [/^No answer within (?<ms>\d+) ms/, 'hook_late'],
  [/^(?<address>\S+) is a private, loopback or link-local address/, 'hook_private'],
  [/ECONNREFUSED/, 'hook_refused'],
  [/ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL|EAI_NODATA/, 'hook_noName'],
  [/ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT/, 'hook_noConnection'],
  [/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, 'hook_noWay'],
  [/CERT_|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/, 'hook_tls'],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|other side closed/, 'hook_cut'],
  [/HPE_|UND_ERR_|does not match the HTTP/, 'hook_notHttp'],
];

/** The name of the operating system, or of a library, for whoever searches for it; with the address where there is one. */
const nameIn = (text: string): string =>
  /\b[A-Z][A-Z\d]*(?:_[A-Z\d]+)+\b|\bE[A-Z]{4,}\b(?: [\d.:[\]a-f]+:\d+)?/.exec(text)?.[0] ?? '';

/** Why a webhook got no answer, in the language of the console; in the words of the server where there are no others. */
export function attemptProblem(error: string): string {
  for (const [form, text] of known) {
    const found = form.exec(error);
    if (found === null) continue;
    const { ms = '0', address = '' } = found.groups ?? {};
    const words = say(text, { time: duration(Number(ms)), address });
    const name = nameIn(error);
    return name === '' || ms !== '0' || address !== '' ? words : `${words} (${name})`;
  }
  return error;
}
