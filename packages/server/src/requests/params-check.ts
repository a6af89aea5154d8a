import { Refusal } from 'ringback-protocol';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';

/** The check of one member of params. */
interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly must: string;
  readonly check: Validator;
}

/** The compiled checks of the members of an object that a device sends. */
export class ParamsCheck {
  readonly #whole: Validator;
  readonly #fields: readonly Field[];
  readonly #path: string;

  /** `path` stands before the names of members in refusals: `data.`. */
  constructor(
    schema: TSchema & { readonly properties: Readonly<Record<string, TSchema>>; readonly required?: unknown },
    path = '',
  ) {
    this.#path = path;
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
      const field = `${this.#path}${name}`;
      if (!Object.hasOwn(params, name)) {
        if (required) return new Refusal('frame_bad_params', `${field} is missing: it must be ${must}`, field);
      } else if (!check.Check(params[name])) {
        return new Refusal('frame_bad_params', `${field} must be ${must}`, field);
      }
    }
    return new Refusal('frame_bad_params');
  }
}
