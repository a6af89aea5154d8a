import { Refusal, type RefusalCode, refusals } from 'ringback-protocol';

type Data = Readonly<Record<string, string | number>>;

/** A refusal that carries its code and what its sentence is about, so that it can be said in other words. */
export class CodedRefusal extends Refusal {
  readonly code: RefusalCode;
  readonly data: Data;

  constructor(code: RefusalCode, data: Data, field?: string, options?: ErrorOptions) {
    const { name, text } = refusals[code];
    super(
      name,
      text.replace(/\{(\w+)\}/g, (_, word: string) => String(data[word] ?? '')),
      field,
      options,
    );
    this.code = code;
    this.data = data;
  }
}

/** Makes a refusal of the list, to be thrown. */
export const refuse = (code: RefusalCode, data: Data = {}, field?: string, options?: ErrorOptions): CodedRefusal =>
  new CodedRefusal(code, data, field, options);

/** To be thrown for what a store has thrown: where an application has no room for another account, with the code of that. */
export const codedIfFull = (error: unknown, app: number): unknown =>
  error instanceof Refusal && error.reason === 'accounts_too_many' ? refuse('users_too_many', { app }) : error;
