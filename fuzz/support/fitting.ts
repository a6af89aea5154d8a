import { Ajv } from 'ajv';

// Lengths are those of JavaScript, not of code points.
const ajv = new Ajv({ unicode: false, strict: false, strictNumbers: true });

/** Whether a value fits a schema, by another validator than the product's. */
export const fitting = (schema: object): ((value: unknown) => boolean) => ajv.compile(schema);
