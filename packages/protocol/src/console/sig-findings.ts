interface Sentence {
  readonly level: 'good' | 'note' | 'wrong';
  /** `{word}` stands for a member of the data. */
  readonly text: string;
}

const undecodable: Sentence = {
  level: 'wrong',
  text: 'It cannot be decoded: {detail}. Compare its length with what the signer printed.',
};

/** THE LIST of what can be said of a UserSig, by code: the console says it in its languages, programs read the sentence. */
export const sigFindings = {
  empty: { level: 'wrong', text: 'It is empty. Give the whole UserSig as one argument.' },
  encoded: { level: 'note', text: 'It was percent-encoded, as in a URL.' },
  encoded_twice: { level: 'wrong', text: 'It was percent-encoded twice. Encode it once, when the URL is built.' },
  blanks: {
    level: 'wrong',
    text: 'It has blanks or line ends inside. Paste it as one line; a blank may have been a "+" once.',
  },
  plain_json: {
    level: 'wrong',
    text: 'It is the JSON itself. Compress it with zlib, encode it with base64, then change the alphabet.',
  },
  plain_json_old: {
    level: 'wrong',
    text: 'It is JSON, in a form older than 1.0. Ringback takes form 2.0 (HMAC-SHA256) only.',
  },
  standard_alphabet: {
    level: 'wrong',
    text: 'It is in the standard base64 alphabet. A UserSig has * for +, - for / and _ for =; replace them after encoding.',
  },
  not_compressed: {
    level: 'wrong',
    text: 'It was not compressed. Compress the JSON with zlib (RFC 1950) before the base64.',
  },
  old_form: {
    level: 'wrong',
    text: 'It is of the older form 1.0, signed with an EC key. Ringback takes form 2.0 (HMAC-SHA256): use the secret key.',
  },
  undecodable_too_long: undecodable,
  undecodable_not_base64: undecodable,
  undecodable_not_zlib: undecodable,
  undecodable_too_big: undecodable,
  undecodable_not_json: undecodable,
  undecodable_field_missing: undecodable,
  undecodable_field_broken: undecodable,
  decodes: { level: 'good', text: 'It decodes: a signature of "{user}" for application {app}.' },
  app_unknown: { level: 'wrong', text: 'This server has no application {app} (it has {known}).' },
  app_none: { level: 'wrong', text: 'This server has no application {app}.' },
  app_disabled: { level: 'wrong', text: 'Application {app} is disabled: `ringback app enable`.' },
  other_app: { level: 'wrong', text: 'The request names application {asked}, the signature {app} (70014).' },
  other_user: { level: 'wrong', text: 'The request names "{asked}", the signature "{user}" (70013).' },
  no_admin: {
    level: 'note',
    text: '"{user}" is no administrator: good for a device, refused by the REST API (60010).',
  },
  userbuf: { level: 'note', text: 'It carries a userbuf (a key to a media room).' },
  ahead: {
    level: 'note',
    text: 'It was made {ahead} in the future: the clock of the signer is ahead. It is accepted all the same.',
  },
  milliseconds: { level: 'wrong', text: 'TLS.time is in milliseconds. It must be in seconds.' },
  expired: {
    level: 'wrong',
    text: 'It expired {ago} ago (70001): it was made for {lifetime}. Make a new one, and check the clock of the signer.',
  },
  expired_at_once: {
    level: 'wrong',
    text: 'It expired {ago} ago (70001): its lifetime is 0. Make a new one, and check the clock of the signer.',
  },
  valid: { level: 'good', text: 'It is valid for another {left}.' },
  short: { level: 'note', text: 'That is short. Give signatures of devices 24 hours or more.' },
  kicked: { level: 'wrong', text: 'The account was kicked after it was made (70052). Make a new one.' },
  key_right: { level: 'good', text: 'The signature is right, under key {key} of application {app}.' },
  key_elsewhere: {
    level: 'wrong',
    text: 'It was signed with key {key} of application {owner}, not of {app} (70009).',
  },
  key_unknown: {
    level: 'wrong',
    text: 'No key of any application here made this signature (70009): another key, or a field was changed after signing.',
  },
  sig_length: { level: 'wrong', text: 'TLS.sig has {bytes} bytes; an HMAC-SHA256 has 32 (70009).' },
} as const satisfies Record<string, Sentence>;

/** The key of a sentence. */
export type SigFindingCode = keyof typeof sigFindings;

const lengths: ReadonlySet<string> = new Set(['ahead', 'ago', 'lifetime', 'left']);

/** Whether this member of the data of a finding is a duration, in seconds. */
export const isLength = (name: string): boolean => lengths.has(name);

/** A duration, in s, in the largest unit that says enough. */
export function largestUnit(seconds: number): readonly [number, 'day' | 'hour' | 'minute' | 'second'] {
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const) {
    if (seconds >= 2 * size) return [Math.floor(seconds / size), unit];
  }
  return [seconds, 'second'];
}
