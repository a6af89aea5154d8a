/** Why an address is one that the server does not go to. */
export const addressRefused =
  '{address} is a private, loopback or link-local address, which the operator can allow with webhooks.allowPrivate';

/** THE LIST of what can be wrong with a URL that the server is to go to, in words that follow its name, by code. */
export const urlFlaws = {
  url_scheme: 'must start with http:// or https://',
  url_length: 'must not be longer than {most} characters',
  url_form: 'must be a URL',
  url_login: 'must not hold a user name or password',
  url_private: `must not lead into a private network: ${addressRefused}`,
  url_query: 'must not hold ? or #',
} as const;

/** What is wrong with a URL, with what it is about. */
export interface UrlFlaw {
  readonly code: keyof typeof urlFlaws;
  readonly data: Readonly<Record<string, string | number>>;
}
