import type { Plain } from './signalling-schemas.ts';

const propertiesOf = (schema: Plain): Readonly<Record<string, Plain>> =>
  (schema.properties ?? {}) as Readonly<Record<string, Plain>>;

/** A schema in a few words, for tables. */
export function typeOf(schema: Plain): string {
  if (typeof schema.$ref === 'string') return `*${schema.$ref.split('/').at(-1)}*`;
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => `\`${JSON.stringify(one)}\``).join(' ');
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((one) => typeOf(one as Plain)).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items as Plain)}`;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  const { method } = propertiesOf(schema);
  if (method?.const !== undefined) return `\`{ method: "${String(method.const)}", params }\``;
  return schema.type === undefined ? 'any JSON value' : String(schema.type);
}

/** The members of an object schema as rows of a table, those of inner objects below them. */
function rowsOf(schema: Plain, prefix = ''): string[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(propertiesOf(schema)).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const text = typeof property.description === 'string' ? property.description : 'see there';
    const row = `| \`${path}\`${required.includes(name) ? '' : '?'} | ${typeOf(property)} | ${text} |`;
    const inner = property.type === 'array' ? (property.items as Plain) : property;
    return [row, ...rowsOf(inner, property.type === 'array' ? `${path}[].` : `${path}.`)];
  });
}

/** The members of an object schema as a Markdown table. */
export function schemaTable(schema: Plain): string {
  const rows = rowsOf(schema);
  return rows.length === 0 ? 'Nothing.\n' : `| member | type | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}
