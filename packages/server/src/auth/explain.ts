import { timingSafeEqual } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { bounds, isLength, largestUnit, type SigFindingCode, sigFindings } from 'ringback-protocol';
import type { App } from '../ports/apps.ts';
import { decodeAlphabet, decodeUserSig, readFields, signatureOf, type UserSigFields } from './usersig.ts';
import { isRevoked } from './verify.ts';

type Data = Readonly<Record<string, string | number>>;

/** One thing about a signature: good, worth knowing, or the reason why it is refused, and what to do then. */
export interface Finding {
  readonly level: 'good' | 'note' | 'wrong';
  /** Of the sentence, for those who say it in other words. */
  readonly code: SigFindingCode;
  readonly text: string;
  /** What the sentence is about; durations in s. */
  readonly data: Data;
}

/** A duration in English. */
function spell(seconds: number): string {
  const [n, unit] = largestUnit(seconds);
  return unit === 'second' ? `${n} s` : `${n} ${unit}s`;
}

function finding(code: SigFindingCode, data: Data = {}): Finding {
  const { level, text } = sigFindings[code];
  const word = (name: string): string => {
    const value = data[name] ?? '';
    return typeof value === 'number' && isLength(name) ? spell(value) : String(value);
  };
  return { level, code, text: text.replace(/\{(\w+)\}/g, (_, name: string) => word(name)), data };
}

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
  findings.push(finding('decodes', { user: fields.identifier, app: fields.sdkAppId }));
  explainIdentity(fields, options, findings);
  explainTime(fields, options.now, options.revokedAt ?? 0, findings);
  explainKey(fields, options.apps, findings);
  return findings;
}

/** Gets the fields out, through everything that callers do to a signature on its way. */
function unpack(given: string, findings: Finding[]): UserSigFields | undefined {
  if (given === '') {
    findings.push(finding('empty'));
    return undefined;
  }
  let text = given;
  for (let times = 0; text.includes('%') && times < 3; times += 1) {
    try {
      text = decodeURIComponent(text);
    } catch {
      break;
    }
    findings.push(finding(times === 0 ? 'encoded' : 'encoded_twice'));
  }
  if (/\s/.test(text)) {
    findings.push(finding('blanks'));
    text = text.replace(/\s/g, '');
  }
  const plain = plainJson(text);
  if (plain !== undefined) {
    findings.push(finding(plain));
    return undefined;
  }
  if (/[+/=]/.test(text)) {
    findings.push(finding('standard_alphabet'));
    text = text.replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
  }
  const decoded = decodeUserSig(text);
  if (decoded.ok) return decoded.fields;

  const bytes = decodeAlphabet(text);
  const inside = bytes?.toString('utf8') ?? '';
  if (inside.startsWith('{')) {
    findings.push(finding('not_compressed'));
    const fields = readFields(inside);
    return fields.ok ? fields.fields : undefined;
  }
  const old = bytes === undefined ? '' : inflated(bytes);
  if (old.includes('TLS.sdk_appid')) {
    findings.push(finding('old_form'));
    return undefined;
  }
  findings.push(finding(`undecodable_${decoded.reason}`, { detail: decoded.detail }));
  return undefined;
}

function plainJson(text: string): 'plain_json' | 'plain_json_old' | undefined {
  if (!text.startsWith('{')) return undefined;
  return text.includes('TLS.ver') ? 'plain_json' : 'plain_json_old';
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
    const known = apps.map((one) => one.sdkAppId).join(', ');
    findings.push(finding(known === '' ? 'app_none' : 'app_unknown', { app: fields.sdkAppId, known }));
  } else if (app.disabled) findings.push(finding('app_disabled', { app: app.sdkAppId }));
  if (sdkAppId !== undefined && sdkAppId !== fields.sdkAppId) {
    findings.push(finding('other_app', { asked: sdkAppId, app: fields.sdkAppId }));
  }
  if (identifier !== undefined && identifier !== fields.identifier) {
    findings.push(finding('other_user', { asked: identifier, user: fields.identifier }));
  }
  if (app !== undefined && !app.admins.includes(fields.identifier)) {
    findings.push(finding('no_admin', { user: fields.identifier }));
  }
  if (fields.userbuf !== undefined) findings.push(finding('userbuf'));
}

function explainTime(fields: UserSigFields, now: number, revokedAt: number, findings: Finding[]): void {
  const seconds = Math.floor(now / 1000);
  const ahead = fields.time - seconds;
  if (ahead > 5) findings.push(finding('ahead', { ahead }));
  const left = fields.time + fields.expire - seconds;
  if (fields.time > 10 ** 11) findings.push(finding('milliseconds'));
  if (left < 0) {
    const code = fields.expire === 0 ? 'expired_at_once' : 'expired';
    findings.push(finding(code, { ago: -left, lifetime: fields.expire }));
  } else {
    findings.push(finding('valid', { left }));
    if (left < 600) findings.push(finding('short'));
  }
  if (isRevoked(fields.time, revokedAt)) {
    findings.push(finding('kicked'));
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
          ? finding('key_right', { key: key.id, app: app.sdkAppId })
          : finding('key_elsewhere', { key: key.id, owner: app.sdkAppId, app: fields.sdkAppId }),
      );
      return;
    }
  }
  findings.push(given.length === 32 ? finding('key_unknown') : finding('sig_length', { bytes: given.length }));
}
