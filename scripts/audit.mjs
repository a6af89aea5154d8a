/** `npm run audit [-- --offline | --strict]`: what the dependencies are, bring, and are known for. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allowed } from './audit-allow.mjs';
import { advisoryProblems, packageProblems } from './lib/audit.mjs';
import { readOptions } from './lib/options.mjs';
import { root } from './lib/setup.mjs';

const about =
  'Looks at what package-lock.json would install: licences, programs that run at the installation, checksums, exact versions; and asks ' +
  'the registry what is known against it. What may be stands in scripts/audit-allow.mjs.';
const values = readOptions('audit', about, {
  offline: [false, 'asks nobody'],
  strict: [false, 'fails when the registry cannot be asked'],
});

const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const workspace = read('package.json');
const lock = read('package-lock.json');
const paths = ['package.json', ...workspace.workspaces.map((folder) => `${folder}/package.json`)];
const manifests = paths.map((path) => ({ path, manifest: read(path) }));
const problems = packageProblems(lock, manifests, allowed);
const count = Object.keys(lock.packages).filter((place) => place.includes('node_modules/')).length;

let known = 'the registry was not asked what is known against them (--offline)';
if (!values.offline) {
  const { report, reason } = ask();
  if (report === undefined) {
    known = `the registry could not be asked what is known against them: ${reason}`;
    if (values.strict) problems.push(`${known[0].toUpperCase()}${known.slice(1)}.`);
  } else {
    problems.push(...advisoryProblems(report, allowed.advisories, new Date().toISOString().slice(0, 10)));
    known = 'the registry was asked what is known against them';
  }
}
for (const problem of problems) console.error(problem);
console.log(`${count} packages: ${problems.length === 0 ? 'nothing wrong' : `${problems.length} wrong`}; ${known}.`);
process.exit(problems.length === 0 ? 0 : 1);

/** What the registry knows; or why it cannot be asked. */
function ask() {
  const ran = spawnSync('npm', ['audit', '--json', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (ran.error !== undefined) return { reason: ran.error.message };
  try {
    const report = JSON.parse(ran.stdout);
    if (report.vulnerabilities !== undefined) return { report };
    // Without the address: what stands in configurations may be private.
    const status = report.statusCode === undefined ? '' : `HTTP ${report.statusCode}`;
    return { reason: status || report.error?.code || 'it gave no report' };
  } catch {
    return { reason: 'it gave no report' };
  }
}
