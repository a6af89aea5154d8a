/**
 * `node scripts/image-tree.mjs <folder>`: copies what the program needs to run, and nothing else, into a new folder: the
 * packages without those for development, what was built, the licence. For container images and other ways to ship it.
 * Run `npm ci` and `npm run build` before.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { filesBelow, root } from './lib/setup.mjs';

const [target] = process.argv.slice(2);
if (target === undefined || target.startsWith('-')) {
  console.log('node scripts/image-tree.mjs <folder>\n\nCopies what the program needs to run into a new folder.');
  process.exit(target === undefined ? 2 : 0);
}
const to = resolve(target);
if (existsSync(to) && readdirSync(to).length > 0) fail(`${to} is not empty.`);

/** The packages of the workspace that run on a server; the pages that they show are among what is built. */
const own = ['protocol', 'engine', 'server'];

for (const name of own) {
  const from = join(root, 'packages', name);
  if (!existsSync(join(from, 'dist'))) fail('It is not built yet. Run `npm run build` first.');
  const { files = ['dist'] } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  for (const one of ['package.json', ...files]) {
    if (existsSync(join(from, one))) copy(join(from, one), join(to, 'packages', name, one));
  }
  link(name === 'server' ? 'ringback' : `ringback-${name}`, name);
}
for (const one of ['LICENSE', 'NOTICE']) copy(join(root, one), join(to, one));

const listed = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable', '--workspace', 'packages/server'], {
  cwd: root,
  encoding: 'utf8',
  // Warnings of npm are for those who install.
  stdio: ['ignore', 'pipe', 'ignore'],
});
const packages = [...new Set(listed.split('\n'))].filter((path) => path.startsWith(join(root, 'node_modules')));
for (const path of packages) {
  if (
    statSync(path).isDirectory() &&
    !own.some((name) => path.endsWith(name === 'server' ? '/ringback' : `/ringback-${name}`))
  ) {
    copy(path, join(to, relative(root, path)), idle);
  }
}

const bytes = filesBelow(to).reduce((sum, path) => sum + statSync(path).size, 0);
console.log(`${to}: ${packages.length} packages, ${(bytes / 1e6).toFixed(0)} MB.`);

/** What is in a package for its makers: sources of the native side, steps of its compilation, maps, and packages of its own that are copied for themselves. */
function idle(path) {
  const part = path.slice(root.length);
  return (
    /\/better-sqlite3\/(deps|src)$/.test(part) ||
    /\/build\/Release\/(obj|obj\.target|\.deps|test_extension\.node)$/.test(part) ||
    (/\.(map|d\.ts|d\.mts|d\.cts|md)$/.test(part) && !/(licen[cs]e|notice)[^/]*$/i.test(part)) ||
    /\/node_modules\/.+\/node_modules$/.test(part)
  );
}

function copy(from, path, without = () => false) {
  mkdirSync(dirname(path), { recursive: true });
  cpSync(from, path, { recursive: true, filter: (one) => !without(one) });
}

function link(name, folder) {
  mkdirSync(join(to, 'node_modules'), { recursive: true });
  symlinkSync(join('..', 'packages', folder), join(to, 'node_modules', name));
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
