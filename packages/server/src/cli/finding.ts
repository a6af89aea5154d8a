/** One thing that was looked at, how it is, and what to do about it. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  /** One or two words. */
  readonly what: string;
  readonly text: string;
  /** What to do; empty when all is well. */
  readonly fix: string;
}

export const ok = (what: string, text: string): Finding => ({ level: 'ok', what, text, fix: '' });
export const warn = (what: string, text: string, fix: string): Finding => ({ level: 'warn', what, text, fix });
export const fail = (what: string, text: string, fix: string): Finding => ({ level: 'fail', what, text, fix });
