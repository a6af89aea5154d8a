import { closeCodes, signallingErrorNames, signallingNotices, signallingRequests } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { asyncApi, signallingReference } from '../../src/docs/asyncapi.ts';

type Json = { readonly [key: string]: Json };
const document = asyncApi() as Json;
const methods = Object.keys(signallingRequests);
const notices = Object.keys(signallingNotices);

/** What a reference points at. */
const follow = (ref: string): Json | undefined =>
  ref
    .replace(/^#\//, '')
    .split('/')
    .reduce<Json | undefined>((found, key) => found?.[key], document);

const references = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : references(inner)));
};

describe('the AsyncAPI document', () => {
  it('is plain JSON of version 3.0', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document.asyncapi).toBe('3.0.0');
  });

  it('has an operation with an answer for each request, and one for each notice', () => {
    const names = [...methods, ...notices.map((one) => `notice${one[0]?.toUpperCase()}${one.slice(1)}`)];
    expect(Object.keys(document.operations ?? {}).sort()).toEqual(names.sort());
    for (const method of methods) {
      expect(document.operations?.[method]).toMatchObject({
        action: 'receive',
        messages: [{ $ref: `#/channels/signalling/messages/${method}` }],
        reply: { messages: [{ $ref: `#/channels/signalling/messages/${method}Answer` }, expect.anything()] },
      });
    }
  });

  it('refers to nothing that is not in it, and leaves nothing out that several share', () => {
    const found = new Set(references(document));
    for (const ref of found) expect(follow(ref), ref).toBeDefined();
    for (const name of Object.keys(document.components?.schemas ?? {})) {
      expect(found).toContain(`#/components/schemas/${name}`);
    }
    const text = JSON.stringify(document);
    expect(text.split('"chatGroupId":{"type":"string","description":"the group; empty').length).toBe(2);
  });

  it('says of each message what is in it', () => {
    const messages = document.channels?.signalling?.messages;
    expect(messages?.ping?.payload?.required).toEqual(['jsonrpc', 'id', 'method']);
    expect(messages?.call?.payload).toMatchObject({
      required: ['jsonrpc', 'id', 'method', 'params'],
      properties: { method: { const: 'call' }, params: { required: ['callees', 'mediaType'] } },
    });
    expect(messages?.noticeCallReceived?.payload?.properties?.params).toEqual({ $ref: '#/components/schemas/Call' });
  });
});

describe('the reference page of signalling', () => {
  const page = signallingReference();

  it('has all requests, notices, errors and close codes, and no empty cell where a word belongs', () => {
    for (const name of [...methods, ...notices]) expect(page).toContain(`### \`${name}\``);
    for (const name of signallingErrorNames) expect(page).toContain(`| \`${name}\` | `);
    for (const { code } of Object.values(closeCodes)) expect(page).toContain(`| ${code} | `);
    expect(page).not.toContain('undefined');
    expect(page.split('\n').filter((line) => / \|\s+\|$/.test(line))).toEqual([]);
  });

  it('writes tables that hold: each row has the columns of its head', () => {
    let columns = 0;
    for (const line of page.split('\n')) {
      if (!line.startsWith('|')) columns = 0;
      else {
        const here = line.split('|').length;
        if (columns === 0) columns = here;
        expect(here, line).toBe(columns);
      }
    }
  });
});
