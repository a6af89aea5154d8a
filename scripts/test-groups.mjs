import { needs as kamailioNeeds } from '../bench/kamailio/needs.mjs';

/**
 * THE LIST of test groups, in the order in which they run.
 *
 * `paths`: what vitest runs. `needs`: programs that must be on the PATH, or files, each with the Debian package that brings it.
 * `everyNode`: also run on the other supported versions of Node in CI (where that says something:
 * not for browsers and faults, what has no system below it, and programs in other languages). `alone`: in a network
 * namespace of its own with nothing but loopback, as browsers need it. `workers`: files of tests that run at the same
 * time, two unless told otherwise; three where they wait for at least half of it, one where each needs the whole machine.
 * `shared`: these files load what they test once for all of them, which is most of the work of many small files; they must
 * leave nothing behind that changes another one.
 */
export const testGroups = [
  { name: 'tooling', about: 'the scripts of this checkout', paths: ['scripts/test'], needs: {}, everyNode: false },
  {
    name: 'capacity',
    about: 'short forms of the benchmarks, each against real servers; npm run bench is the long form',
    paths: ['bench/test/short.test.ts'],
    needs: {},
    everyNode: false,
    workers: 1,
  },
  {
    name: 'kamailio',
    about: 'what a call costs beside Kamailio, in short; npm run bench:kamailio is the long form',
    paths: ['bench/test/kamailio.test.ts'],
    needs: kamailioNeeds,
    everyNode: false,
  },
  {
    name: 'protocol',
    about: 'words on the wire',
    paths: ['packages/protocol/test'],
    needs: {},
    everyNode: true,
    shared: true,
  },
  {
    name: 'engine',
    about: 'calls as a pure function',
    paths: ['packages/engine/test'],
    needs: {},
    everyNode: true,
    shared: true,
  },
  // Before the server: where PostgreSQL is here, its stores run over it, too.
  {
    name: 'cluster',
    about: 'everything in PostgreSQL, and several servers on it and a Redis, from outside',
    paths: ['cluster/test'],
    needs: { pg_ctlcluster: 'postgresql', 'redis-server': 'redis-server' },
    everyNode: false,
    workers: 3,
  },
  {
    name: 'faults',
    about: 'nodes, PostgreSQL, Redis, lines and clocks that break under traffic; npm run test:faults is the long form',
    paths: ['cluster/faults'],
    needs: { pg_ctlcluster: 'postgresql', 'redis-server': 'redis-server', faketime: 'faketime' },
    everyNode: false,
    workers: 3,
  },
  {
    name: 'fuzz',
    about:
      'spoilt and random inputs for every parser, hostile traffic for the whole; npm run fuzz, soak:hostile are the long forms',
    paths: ['fuzz/'],
    needs: {},
    everyNode: false,
    shared: true,
  },
  {
    name: 'sim',
    about: 'whole clusters on a simulated clock, with faults; npm run sim is the long form',
    paths: ['sim/test'],
    needs: {},
    everyNode: false,
    shared: true,
  },
  {
    name: 'server',
    about: 'every room of the server, over real sockets and files',
    paths: ['packages/server/test'],
    needs: {},
    everyNode: true,
    shared: true,
    workers: 3,
  },
  {
    name: 'emulator',
    about: 'every preset of the emulator, its scripts, its clock, and the library that starts it from tests',
    paths: ['packages/ringback-test/test'],
    needs: {},
    everyNode: true,
    shared: true,
    workers: 3,
  },
  {
    name: 'sdk',
    about: 'the browser SDK without a browser, over a whole server',
    paths: ['packages/sdk/test'],
    needs: {},
    everyNode: true,
    shared: true,
    workers: 3,
  },
  {
    name: 'e2e',
    about: 'the built program from outside: calls, restarts, kill -9',
    paths: ['e2e'],
    needs: {},
    everyNode: true,
    workers: 3,
  },
  {
    name: 'media',
    about: 'sound and pictures between browsers, over loopback alone',
    paths: ['demo', 'janus', 'nodes', 'sdk', 'sfu', 'ui-kit'].map((name) => `browser/${name}`),
    needs: {
      chromium: 'chromium',
      'chromium-headless-shell': 'chromium-headless-shell',
      unshare: 'util-linux',
      ip: 'iproute2',
      turnserver: 'coturn',
      janus: 'janus',
      pg_ctlcluster: 'postgresql',
      'redis-server': 'redis-server',
    },
    everyNode: false,
    alone: true,
  },
  {
    name: 'rooms',
    about: 'nine apps on the SDK in a room, in browsers that need the whole machine',
    paths: ['browser/rooms'],
    needs: {
      'chromium-headless-shell': 'chromium-headless-shell',
      unshare: 'util-linux',
      ip: 'iproute2',
      janus: 'janus',
    },
    everyNode: false,
    alone: true,
    workers: 1,
  },
  {
    name: 'push',
    about: 'pushes in a browser: the service worker of the SDK, declining without a page',
    paths: ['browser/push'],
    needs: { chromium: 'chromium', unshare: 'util-linux', ip: 'iproute2' },
    everyNode: false,
    alone: true,
  },
  {
    name: 'console',
    about: 'the console in a browser, every page of it',
    paths: ['browser/console'],
    needs: { 'chromium-headless-shell': 'chromium-headless-shell', unshare: 'util-linux', ip: 'iproute2' },
    everyNode: false,
    alone: true,
  },
  {
    name: 'deploy',
    about: 'what runs and watches an installation',
    paths: ['deploy/test'],
    needs: {
      promtool: 'prometheus',
      'systemd-analyze': 'systemd',
      pg_ctlcluster: 'postgresql',
      'redis-server': 'redis-server',
      haproxy: 'haproxy',
      openssl: 'openssl',
      shellcheck: 'shellcheck',
      go: 'golang-go',
      '/usr/share/gocode/src/github.com/Masterminds/sprig': 'golang-github-masterminds-sprig-dev',
      '/usr/share/gocode/src/gopkg.in/yaml.v3': 'golang-gopkg-yaml.v3-dev',
    },
    everyNode: false,
  },
  {
    name: 'guides',
    about: 'the programs that the guides show; those in Go, Java and PHP where these are at hand',
    paths: ['docs/test'],
    needs: { python3: 'python3', curl: 'curl' },
    everyNode: false,
  },
];
