import { type ErrorName, errorRow } from 'ringback-protocol';

/** Names whose HTTP status does not follow from their number. */
const statuses: Readonly<Partial<Record<ErrorName, number>>> = {
  bad_params: 400,
  app_unknown: 404,
  no_such_call: 404,
  call_ended: 409,
  account_unknown: 404,
  overloaded: 503,
};

/** The HTTP status of a refusal, and its text where it has none of its own. */
export function statusOf(name: ErrorName): { readonly status: number; readonly text: string } {
  const { code, text } = errorRow(name);
  const own = code >= 400 && code < 600 ? code : undefined;
  return { status: statuses[name] ?? own ?? 400, text };
}
