import type { PushFault } from 'ringback-protocol';
import { say } from './say.ts';

/** What came of a push, as its service said it; what the server says itself is said in the language of the page. */
export function pushSaid(one: {
  readonly status?: number | undefined;
  readonly text?: string | undefined;
  readonly fault?: PushFault | undefined;
  readonly omitted?: readonly string[] | undefined;
}): string {
  const { status = 0, text = '', fault, omitted = [] } = one;
  const said = fault === undefined ? text : say(`push_fault_${fault}`);
  const without = omitted.length > 0 && say('push_omitted', { names: omitted.join(', ') });
  return [[status > 0 && `HTTP ${status}`, said].filter(Boolean).join(' '), without].filter(Boolean).join('; ');
}
