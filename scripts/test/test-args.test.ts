import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../lib/setup.mjs';

/** Runs `npm test` as far as choosing goes; gives the names of the groups, or what it said. */
function choose(line: string): string {
  const args = [join(root, 'scripts/test.mjs'), ...line.split(' ').filter((word) => word !== ''), '--list'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) return stderr.trim();
  return stdout
    .trim()
    .split('\n')
    .map((row) => row.split(' ')[0])
    .join(' ');
}

describe('npm test', () => {
  it.each([
    ['', 'tooling protocol engine server e2e'],
    ['--every-node', 'protocol engine server e2e'],
    ['--group engine', 'engine'],
    ['--group=engine', 'engine'],
    ['--group e2e --group engine --group e2e', 'engine e2e'],
    ['--group engine --group tooling --every-node', 'engine'],
    ['--every-node --group tooling --group engine', 'engine'],
    ['--group tooling --every-node --group engine', 'engine'],
    ['--list --group tooling', 'tooling'],
  ])('%s: chooses %s, whatever the order of its flags', (line, names) => {
    // Groups may come to the list: what is looked for is that the known ones are there, and no other where one is named.
    const known = (text: string) =>
      text.split(' ').filter((word) => /^(tooling|protocol|engine|server|e2e)$/.test(word));
    expect(known(choose(line))).toEqual(names.split(' '));
    if (line.includes('--group')) expect(choose(line)).toBe(names);
  });

  it.each([
    ['--group=', /^There is no test group ""\./],
    ['--group engin', /^There is no test group "engin"\. Did you mean engine\?/],
    ['--every-nod', /^npm test does not know --every-nod\. Did you mean --every-node\?/],
    ['--group tooling --every-node', /^Of tooling, no group runs on every version of Node: leave --every-node out\.$/],
    ['--every-node --group tooling', /^Of tooling, no group runs on every version of Node/],
  ])('%s: says what is wrong', (line, expected) => {
    expect(choose(line)).toMatch(expected);
  });
});
