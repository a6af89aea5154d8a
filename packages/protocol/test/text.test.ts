import fc from 'fast-check';
import { isCallId, isNumericRoomId, isStringRoomId, isUserId, utf8Length } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';

describe('utf8Length', () => {
  it('agrees with the encoder for every well-formed text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(text.isWellFormed());
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  it.each([
    ['', 0],
    ['abc', 3],
    ['é', 2],
    ['…', 3],
    ['😀', 4],
  ])('%j has %i bytes', (text, bytes) => {
    expect(utf8Length(text)).toBe(bytes);
  });
});

describe('isUserId', () => {
  it.each(['a', 'user_1-a', 'with blank', '~'.repeat(32)])('takes %j', (text) => {
    expect(isUserId(text)).toBe(true);
  });

  it.each(['', 'x'.repeat(33), 'new\nline', 'ü', '\u007f', 'a\n'])('refuses %j', (text) => {
    expect(isUserId(text)).toBe(false);
  });
});

describe('room ids', () => {
  it('the documented alphabet has 89 characters, and all of them make one room', () => {
    const alphabet = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(isStringRoomId);
    expect(alphabet).toHaveLength(89);
    expect(isStringRoomId(alphabet.slice(0, 64).join(''))).toBe(true);
  });

  it.each(['', 'x'.repeat(65), 'a/b', 'ä', 'a\n'])('%j is no string room', (text) => {
    expect(isStringRoomId(text)).toBe(false);
  });

  it.each(['1', '2147483647'])('%j is a numeric room', (text) => {
    expect(isNumericRoomId(text)).toBe(true);
  });

  it.each(['0', '01', '2147483648', '-1', '1.0', '', '99999999999', '1\n'])('%j is no numeric room', (text) => {
    expect(isNumericRoomId(text)).toBe(false);
  });
});

describe('isCallId', () => {
  it('takes what the server makes and nothing else', () => {
    expect(isCallId(crypto.randomUUID())).toBe(true);
    expect(isCallId(crypto.randomUUID().toUpperCase())).toBe(false);
    expect(isCallId('x')).toBe(false);
  });
});
