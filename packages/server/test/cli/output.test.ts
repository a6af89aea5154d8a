import { expect, it } from 'vitest';
import { jsonText } from '../../src/cli/output.ts';

it('JSON for a terminal says the same, and holds nothing that moves the cursor', () => {
  const value = { room: 'a\u009b31mb\u007f\u0085\u202e\u2066c', name: 'Zoë 中 😀', nested: ['\u001b[2J', 1] };
  const text = jsonText(value, 2);
  expect(JSON.parse(text)).toEqual(value);
  expect(text.replace(/\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text).toContain('Zoë 中 😀');
});
