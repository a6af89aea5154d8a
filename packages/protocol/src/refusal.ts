import type { ErrorName } from './errors.ts';

/** The one error that services throw for what a caller did; the borders turn its name into code and text by the table. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: ErrorName;
  /** A sentence that replaces the table's text; names the field where there is one. Never holds a secret. */
  readonly detail: string | undefined;
  /** The field that is wrong, in the spelling of the wire. */
  readonly field: string | undefined;

  /** `cause`: what had failed inside, where something had. It is for the log, and told to nobody. */
  constructor(reason: ErrorName, detail?: string, field?: string, options?: ErrorOptions) {
    super(detail ?? reason, options);
    this.reason = reason;
    this.detail = detail;
    this.field = field;
  }
}
