import { describe, expect, it } from 'vitest';
import { isOriginRule, originAllowed } from '../../src/auth/origin-rules.ts';
import { testApp } from '../support/test-app.ts';

describe('origins', () => {
  it.each([
    'https://app.example.com',
    'http://localhost:5173',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
    'https://*.example.com',
    'https://*.example.com:8443',
  ])('%s is a rule', (rule) => expect(isOriginRule(rule)).toBe(true));

  it.each([
    '',
    '*',
    'https://',
    'app.example.com',
    'https://app.example.com/',
    'https://*',
    'https://*.com',
    'https://a.*.com',
    'ftp://x',
    'https://a b',
    'null',
  ])('%j is none', (rule) => expect(isOriginRule(rule)).toBe(false));

  it.each([
    [[], 'https://anything.example', true],
    [['https://app.example.com'], '', true],
    [['https://app.example.com'], 'https://app.example.com', true],
    [['https://app.example.com'], 'https://APP.example.com', true],
    [['https://app.example.com'], 'http://app.example.com', false],
    [['https://app.example.com'], 'https://app.example.com:8443', false],
    [['https://app.example.com'], 'https://app.example.com.evil.org', false],
    [['https://app.example.com'], 'null', false],
    [['https://*.example.com'], 'https://a.example.com', true],
    [['https://*.example.com'], 'https://a.b.example.com', true],
    [['https://*.example.com'], 'https://example.com', false],
    [['https://*.example.com'], 'https://.example.com', false],
    [['https://*.example.com'], 'https://evilexample.com', false],
    [['https://*.example.com'], 'https://a.example.com.evil.org', false],
  ] as const)('%j lets %j in: %j', (allowOrigins, origin, expected) => {
    expect(originAllowed(testApp({ allowOrigins }), origin)).toBe(expected);
  });
});
