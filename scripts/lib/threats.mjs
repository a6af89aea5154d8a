/** The threats of `docs/security.md`, each with the tests that would fail if its defence were gone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/**
 * @typedef {object} Threat
 * @property {string} title
 * @property {readonly string[]} items the lines of its lists
 * @property {readonly { readonly file: string, readonly name: string }[]} tests the items that name a test: a test, a row of one, or a
 *   group
 */

/** @returns {readonly Threat[]} */
export function readThreats() {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const parts = text.slice(text.indexOf('## Threats')).split(/^### /m);
  return parts.slice(1).map((part) => {
    const [title = '', ...lines] = part.split('\n');
    const items = lines.filter((line) => line.startsWith('- '));
    const named = items.flatMap((item) => {
      const [, file, name] = /^- `([^`]+)`: (.+)$/.exec(item) ?? [];
      return file === undefined || name === undefined ? [] : [{ file, name }];
    });
    return { title, items, tests: named };
  });
}
