import { asRingbackError, localErrors } from '../base/ringback-error.ts';

/** What every promise of the compatible class is rejected with. */
export class TUICallEngineError extends Error {
  override readonly name = 'TUICallEngineError';
  readonly code: number;
  /** The method that was called. */
  readonly functionName: string;

  constructor(code: number, message: string, functionName: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.functionName = functionName;
  }

  getCode(): number {
    return this.code;
  }
}

/** The number of JSON-RPC for parameters that do not fit; applications know another one. */
const frameBadParams = -32_602;

/** Whatever a method threw, in the form that applications know. */
export function engineError(thrown: unknown, functionName: string): TUICallEngineError {
  if (thrown instanceof TUICallEngineError) return thrown;
  const error = asRingbackError(thrown);
  const code = error.code === frameBadParams ? localErrors.bad_params.code : error.code;
  return new TUICallEngineError(code, error.message || error.reason, functionName, thrown);
}
