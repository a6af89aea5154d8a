import { Refusal, type RequestMethod, signallingRequests } from 'ringback-protocol';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** The check of one member of params. */
interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly must: string;
  readonly check: Validator;
}

/** The compiled checks of the params of one request. */
export class ParamsCheck {
  readonly #whole: Validator;
  readonly #fields: readonly Field[];

  constructor(
    schema: TSchema & { readonly properties: Readonly<Record<string, TSchema>>; readonly required?: unknown },
  ) {
    this.#whole = Compile(schema);
    const required: ReadonlySet<unknown> = new Set(Array.isArray(schema.required) ? schema.required : []);
    this.#fields = Object.entries(schema.properties).map(([name, field]) => ({
      name,
      required: required.has(name),
      must: 'description' in field ? String(field.description) : 'as the reference says',
      check: Compile(field),
    }));
  }

  /** The params, without members that are null where that is no value; throws a `Refusal` that names the field. */
  pass(params: object): object {
    if (this.#whole.Check(params)) return params;
    // Only what does not fit pays for this: null means absent, as in the REST API.
    const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null));
    if (this.#whole.Check(given)) return given;
    throw this.#problem(given);
  }

  /** Found member by member: listing all that is wrong would cost more than the sender should be able to ask for. */
  #problem(params: Readonly<Record<string, unknown>>): Refusal {
    for (const { name, required, must, check } of this.#fields) {
      if (!Object.hasOwn(params, name)) {
        if (required) return new Refusal('frame_bad_params', `${name} is missing: it must be ${must}`, name);
      } else if (!check.Check(params[name])) {
        return new Refusal('frame_bad_params', `${name} must be ${must}`, name);
      }
    }
    return new Refusal('frame_bad_params');
  }
}

/** The checks of all requests, by method. */
export const paramsChecks: ReadonlyMap<string, ParamsCheck> = new Map(
  (Object.keys(signallingRequests) as RequestMethod[]).map((method) => [
    method,
    new ParamsCheck(signallingRequests[method].params),
  ]),
);
