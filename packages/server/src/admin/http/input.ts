import type { FastifyRequest } from 'fastify';
import { Refusal } from 'ringback-protocol';
import type { Operation } from '../operation.ts';
import type { AdminStream } from '../stream.ts';

interface FieldParts {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly FieldParts[];
}

/** Text of an address as the value that the schema of its field wants; what does not fit stays text and is refused there. */
function readText(text: string, field: FieldParts | undefined): unknown {
  const isNumber = field?.type === 'integer' || (field?.enum?.every((one) => typeof one === 'number') ?? false);
  if (isNumber && /^-?[0-9]{1,16}$/.test(text)) return Number(text);
  if (field?.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (field?.type === 'array') return text.split(',');
  return text;
}

/** The input of an operation: what its path names, and the query, or the body for what changes something. */
export function inputOf(
  operation: Pick<Operation | AdminStream, 'http' | 'input'>,
  request: FastifyRequest,
): Record<string, unknown> {
  const [method] = operation.http;
  const fields = operation.input.properties as Readonly<Record<string, FieldParts>>;
  const input: Record<string, unknown> = {};
  const take = (from: unknown): void => {
    for (const [name, value] of Object.entries((from ?? {}) as Readonly<Record<string, unknown>>)) {
      const text = Array.isArray(value) ? value.at(-1) : value;
      input[name] =
        typeof text === 'string' ? readText(text, Object.hasOwn(fields, name) ? fields[name] : undefined) : text;
    }
  };
  if (method === 'GET' || method === 'DELETE') take(request.query);
  else {
    const body = request.body ?? {};
    if (typeof body !== 'object' || Array.isArray(body))
      throw new Refusal('bad_params', 'The body must be a JSON object.');
    Object.assign(input, body);
  }
  // Last: what the path says cannot be said otherwise.
  take(request.params);
  return input;
}

/** Texts of a JSON body; other members are refused. */
export function bodyOf(
  request: FastifyRequest,
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal('bad_params', 'The body must be a JSON object.');
  }
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!names.includes(name) || typeof value !== 'string')
      throw new Refusal('bad_params', `The body takes ${names.join(', ')} as text.`);
    found[name] = value;
  }
  return found;
}
