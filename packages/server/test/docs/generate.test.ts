import { existsSync } from 'node:fs';
import { errors } from 'ringback-protocol';
import Schema from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { errorsByCode, gatewayErrors } from '../../src/docs/gateway-errors.ts';
import { generate } from '../../src/docs/generate.ts';
import { openApi } from '../../src/docs/openapi.ts';

// biome-ignore lint/suspicious/noExplicitAny: documents are judged by the tests, member by member.
type Json = any;

const document: Json = openApi('1.2.3');

/** What a pointer inside the document names. */
const resolve = (ref: string): Json =>
  ref
    .slice(2)
    .split('/')
    .reduce((here: Json, part) => here?.[part], document);

/** A schema of the document with its references put in place, so that it stands alone. */
const inlined = (schema: Json): Json => {
  if (Array.isArray(schema)) return schema.map(inlined);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (typeof schema.$ref === 'string') return inlined(resolve(schema.$ref));
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, inlined(value)]));
};

describe('the OpenAPI document', () => {
  it('has a path for each command of the list, and no other', () => {
    expect(Object.keys(document.paths)).toEqual(commands.map(({ url }) => url));
    expect([document.openapi, document.info.version]).toEqual(['3.1.0', '1.2.3']);
  });

  it('has no reference that leads nowhere', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '');
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of refs) expect([ref, resolve(ref)]).not.toEqual([ref, undefined]);
  });

  it('describes its own examples', () => {
    for (const { post } of Object.values<Json>(document.paths)) {
      const { schema, examples } = post.requestBody.content['application/json'];
      const request = Schema.Compile(inlined(schema));
      for (const { value } of Object.values<Json>(examples)) expect(request.Check(value)).toBe(true);
      expect(request.Check(5)).toBe(false);
      const answer = post.responses['200'].content['application/json'];
      const response = Schema.Compile(inlined(answer.schema));
      for (const { value } of Object.values<Json>(answer.examples)) {
        expect(response.Check(value)).toBe(true);
        const legacy = 'errorCode' in value;
        expect(response.Check({ ...value, ...(legacy ? { requestId: 5 } : { RequestId: 5 }) })).toBe(false);
        expect(response.Check({ ...value, ...(legacy ? { errorCode: 12 } : { ErrorCode: 12 }) })).toBe(false);
      }
    }
  });

  it('describes failures of the gateway and of the command', () => {
    const answer =
      document.paths['/v4/call_engine_http_srv/end_call'].post.responses['200'].content['application/json'];
    const response = Schema.Compile(inlined(answer.schema));
    const RequestId = `Id-${'0'.repeat(32)}-O-Seq-1`;
    for (const ErrorCode of [60002, 60021, 70009, 101002, 101004]) {
      expect(response.Check({ ActionStatus: 'FAIL', ErrorCode, ErrorInfo: 'x', RequestId })).toBe(true);
    }
    expect(response.Check({ ActionStatus: 'FAIL', ErrorCode: 101050, ErrorInfo: 'x', RequestId })).toBe(false);
  });
});

describe('the reference pages', () => {
  it('say cause and fix of every error, and the gateway can answer every documented code', async () => {
    const page = (await generate())['docs/reference/errors.md'] ?? '';
    for (const { code, cause, fix } of errorsByCode()) {
      expect(page).toContain(`## ${code}\n`);
      expect(page).toContain(cause);
      expect(page).toContain(fix);
    }
    const codes = gatewayErrors.map((name) => errors[name].code as number);
    for (let code = 60002; code <= 60021; code += 1) expect(codes).toContain(code);
  });

  it('show every command, field and example', async () => {
    const page = (await generate())['docs/reference/commands.md'] ?? '';
    for (const command of commands) {
      expect(page).toContain(`## ${command.path}\n`);
      for (const name of Object.keys(command.request.properties)) expect(page).toContain(`| \`${name}\` |`);
      for (const { title } of command.examples) expect(page).toContain(`### ${title}\n`);
    }
  });

  it('have no link to a place that is not there', async () => {
    const documents = await generate();
    for (const [path, text] of Object.entries(documents)) {
      for (const [, target = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file = '', anchor = ''] = target.split('#');
        // Guides are written by hand.
        if (file.startsWith('../guides/')) {
          expect(existsSync(new URL(`../../../../docs/reference/${file}`, import.meta.url))).toBe(true);
          continue;
        }
        const page = file === '' ? text : documents[`docs/reference/${file}`];
        expect([path, target, page === undefined]).toEqual([path, target, false]);
        const anchors = [...(page ?? '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
          heading
            .toLowerCase()
            .replace(/[^a-z0-9 _-]/g, '')
            .replaceAll(' ', '-'),
        );
        if (anchor !== '') expect([path, target, anchors.includes(anchor)]).toEqual([path, target, true]);
      }
    }
  });

  it('are the same each time', async () => {
    expect(await generate()).toEqual(await generate());
  });
});
