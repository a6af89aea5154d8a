/**
 * What every command of a checkout needs first: the right Node, installed packages, compiled sources.
 * Plain Node without dependencies, because on a fresh clone there are none.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pages } from './pages.mjs';

/** The folder of the checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

const oldestNode = [20, 19];
const installStamp = join(root, 'node_modules/.ringback-installed');
const buildStamp = join(root, 'node_modules/.ringback-built');
/** What is there, below packages, when all is built. */
const results = [
  'server/dist/cli/main.js',
  'protocol/dist/typebox/index.js',
  'sdk/dist/index.js',
  'ringback-test/dist/index.cjs',
  'server/public/console/index.html',
  ...pages.map(({ name }) => `server/public/${name}/index.html`),
];

/** Ends with a sentence when this Node is too old. */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  const fits = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return fits
    ? undefined
    : `Ringback needs Node ${oldestNode.join('.')} or newer; this is ${version}. Install it from https://nodejs.org/.`;
}

/** Installs and builds what is missing or older than its sources; says what it does, and how long it took. */
export function setUp({ quiet = false } = {}) {
  const problem = checkNode();
  if (problem !== undefined) fail(problem);
  const began = performance.now();
  const wanted = installFingerprint();
  const installed = read(installStamp) === wanted;
  if (!installed) {
    console.log('Installing packages (the first time this takes a minute or two) …');
    run(
      'npm',
      ['ci', '--no-audit', '--no-fund'],
      'The packages could not be installed. Look at the lines above; a compiler, make and python3 are needed.',
    );
    writeFileSync(installStamp, wanted);
  }
  const sources = buildFingerprint();
  const built = read(buildStamp) === sources && results.every((path) => existsSync(join(root, 'packages', path)));
  if (!built) {
    console.log('Building …');
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], 'The sources could not be compiled.');
    run(process.execPath, [join(root, 'scripts/build-typebox.mjs')], 'TypeBox could not be bundled.');
    run(process.execPath, [join(root, 'scripts/build-sdk.mjs')], 'The SDK could not be bundled.');
    run(process.execPath, [join(root, 'scripts/build-test-library.mjs')], 'The test library could not be bundled.');
    run(process.execPath, [join(root, 'scripts/build-pages.mjs')], 'The pages could not be bundled.');
    run(process.execPath, [join(root, 'scripts/build-console.mjs')], 'The console could not be bundled.');
    mkdirSync(dirname(buildStamp), { recursive: true });
    writeFileSync(buildStamp, sources);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(2);
  if (!quiet) console.log(installed && built ? `Set-up checked in ${seconds} s.` : `Set-up done in ${seconds} s.`);
}

/** Runs a program in the checkout with its output shown; ends with a sentence when it fails. */
export function run(program, args, sentence) {
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail(sentence);
}

export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** The lockfile, and the Node for which native addons were built. */
function installFingerprint() {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(root, 'package-lock.json')));
  hash.update(`${process.versions.modules} ${process.platform} ${process.arch}`);
  return hash.digest('hex');
}

/** Names, sizes and times of all that is compiled. */
function buildFingerprint() {
  const hash = createHash('sha256');
  const note = (path) => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  };
  for (const name of ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json']) note(join(root, name));
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const config = join(root, 'packages', name, 'tsconfig.json');
    if (!existsSync(config)) continue;
    note(config);
    for (const path of filesBelow(join(root, 'packages', name, 'src'))) note(path);
  }
  for (const { source } of pages) {
    for (const name of ['index.html', 'vite.config.mjs']) note(join(root, source, name));
    for (const path of filesBelow(join(root, source, 'src'))) note(path);
  }
  return hash.digest('hex');
}

/** All files below a folder, sorted. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
