import { timingSafeEqual } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { bounds } from 'ringback-protocol';
import type { App } from '../ports/apps.ts';
import { decodeAlphabet, decodeUserSig, readFields, signatureOf, type UserSigFields } from './usersig.ts';

/** One thing about a signature: good, worth knowing, or the reason why it is refused, and what to do then. */
export interface Finding {
  readonly level: 'good' | 'note' | 'wrong';
  readonly text: string;
}

const good = (text: string): Finding => ({ level: 'good', text });
const note = (text: string): Finding => ({ level: 'note', text });
const wrong = (text: string): Finding => ({ level: 'wrong', text });

/**
 * Says in plain words what a UserSig is and what is wrong with it: application, identifier, key, clock, expiry,
 * compression. `now` in ms. Names keys by their id, never by their secret.
 */
export function explainUserSig(
  given: string,
  options: {
    readonly apps: readonly App[];
    readonly now: number;
    /** What the request will say, when the asker knows. */
    readonly sdkAppId?: number;
    readonly identifier?: string;
    /** s; of the account, when it was kicked. */
    readonly revokedAt?: number;
  },
): readonly Finding[] {
  const findings: Finding[] = [];
  const fields = unpack(given.trim(), findings);
  if (fields === undefined) return findings;
  findings.push(good(`It decodes: a signature of "${fields.identifier}" for application ${fields.sdkAppId}.`));
  explainIdentity(fields, options, findings);
  explainTime(fields, options.now, options.revokedAt ?? 0, findings);
  explainKey(fields, options.apps, findings);
  return findings;
}

/** Gets the fields out, through everything that callers do to a signature on its way. */
function unpack(given: string, findings: Finding[]): UserSigFields | undefined {
  if (given === '') {
    findings.push(wrong('It is empty. Give the whole UserSig as one argument.'));
    return undefined;
  }
  let text = given;
  for (let times = 0; text.includes('%') && times < 3; times += 1) {
    try {
      text = decodeURIComponent(text);
    } catch {
      break;
    }
    if (times === 0) findings.push(note('It was percent-encoded, as in a URL.'));
    else findings.push(wrong('It was percent-encoded twice. Encode it once, when the URL is built.'));
  }
  if (/\s/.test(text)) {
    findings.push(wrong('It has blanks or line ends inside. Paste it as one line; a blank may have been a "+" once.'));
    text = text.replace(/\s/g, '');
  }
  const plain = plainJson(text);
  if (plain !== undefined) {
    findings.push(wrong(plain));
    return undefined;
  }
  if (/[+/=]/.test(text)) {
    findings.push(
      wrong(
        'It is in the standard base64 alphabet. A UserSig has * for +, - for / and _ for =; replace them after encoding.',
      ),
    );
    text = text.replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
  }
  const decoded = decodeUserSig(text);
  if (decoded.ok) return decoded.fields;

  const bytes = decodeAlphabet(text);
  const inside = bytes?.toString('utf8') ?? '';
  if (inside.startsWith('{')) {
    findings.push(wrong('It was not compressed. Compress the JSON with zlib (RFC 1950) before the base64.'));
    const fields = readFields(inside);
    return fields.ok ? fields.fields : undefined;
  }
  const old = bytes === undefined ? '' : inflated(bytes);
  if (old.includes('TLS.sdk_appid')) {
    findings.push(
      wrong(
        'It is of the older form 1.0, signed with an EC key. Ringback takes form 2.0 (HMAC-SHA256): use the secret key.',
      ),
    );
    return undefined;
  }
  findings.push(wrong(`It cannot be decoded: ${decoded.detail}. Compare its length with what the signer printed.`));
  return undefined;
}

function plainJson(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  return text.includes('TLS.ver')
    ? 'It is the JSON itself. Compress it with zlib, encode it with base64, then change the alphabet.'
    : 'It is JSON, in a form older than 1.0. Ringback takes form 2.0 (HMAC-SHA256) only.';
}

function inflated(bytes: Buffer): string {
  try {
    return inflateSync(bytes, { maxOutputLength: bounds.userSigInflatedBytes }).toString('utf8');
  } catch {
    return '';
  }
}

function explainIdentity(
  fields: UserSigFields,
  {
    apps,
    sdkAppId,
    identifier,
  }: { readonly apps: readonly App[]; readonly sdkAppId?: number; readonly identifier?: string },
  findings: Finding[],
): void {
  const app = apps.find((one) => one.sdkAppId === fields.sdkAppId);
  if (app === undefined) {
    const ids = apps.map((one) => one.sdkAppId).join(', ');
    findings.push(wrong(`This server has no application ${fields.sdkAppId}${ids === '' ? '' : ` (it has ${ids})`}.`));
  } else if (app.disabled) findings.push(wrong(`Application ${app.sdkAppId} is disabled: \`ringback app enable\`.`));
  if (sdkAppId !== undefined && sdkAppId !== fields.sdkAppId) {
    findings.push(wrong(`The request names application ${sdkAppId}, the signature ${fields.sdkAppId} (70014).`));
  }
  if (identifier !== undefined && identifier !== fields.identifier) {
    findings.push(wrong(`The request names "${identifier}", the signature "${fields.identifier}" (70013).`));
  }
  if (app !== undefined && !app.admins.includes(fields.identifier)) {
    findings.push(
      note(`"${fields.identifier}" is no administrator: good for a device, refused by the REST API (60010).`),
    );
  }
  if (fields.userbuf !== undefined) findings.push(note('It carries a userbuf (a key to a media room).'));
}

function explainTime(fields: UserSigFields, now: number, revokedAt: number, findings: Finding[]): void {
  const seconds = Math.floor(now / 1000);
  const ahead = fields.time - seconds;
  if (ahead > 5) {
    findings.push(
      note(`It was made ${spell(ahead)} in the future: the clock of the signer is ahead. It is accepted all the same.`),
    );
  }
  const left = fields.time + fields.expire - seconds;
  if (fields.time > 10 ** 11) {
    findings.push(wrong('TLS.time is in milliseconds. It must be in seconds.'));
  }
  if (left < 0) {
    const why = fields.expire === 0 ? 'its lifetime is 0' : `it was made for ${spell(fields.expire)}`;
    findings.push(
      wrong(`It expired ${spell(-left)} ago (70001): ${why}. Make a new one, and check the clock of the signer.`),
    );
  } else {
    findings.push(good(`It is valid for another ${spell(left)}.`));
    if (left < 600) findings.push(note('That is short. Give signatures of devices 24 hours or more.'));
  }
  if (revokedAt !== 0 && fields.time <= revokedAt) {
    findings.push(wrong('The account was kicked after it was made (70052). Make a new one.'));
  }
}

function explainKey(fields: UserSigFields, apps: readonly App[], findings: Finding[]): void {
  const given = Buffer.from(fields.sig, 'base64');
  for (const app of apps) {
    for (const key of app.keys) {
      const right = signatureOf(fields, key.secret);
      if (given.length !== right.length || !timingSafeEqual(given, right)) continue;
      findings.push(
        app.sdkAppId === fields.sdkAppId
          ? good(`The signature is right, under key ${key.id} of application ${app.sdkAppId}.`)
          : wrong(
              `It was signed with key ${key.id} of application ${app.sdkAppId}, not of ${fields.sdkAppId} (70009).`,
            ),
      );
      return;
    }
  }
  findings.push(
    wrong(
      given.length === 32
        ? 'No key of any application here made this signature (70009): another key, or a field was changed after signing.'
        : `TLS.sig has ${given.length} bytes; an HMAC-SHA256 has 32 (70009).`,
    ),
  );
}

/** A duration in the largest unit that says enough. */
function spell(seconds: number): string {
  for (const [unit, size] of [
    ['days', 86_400],
    ['hours', 3600],
    ['minutes', 60],
  ] as const) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${seconds} s`;
}
