/**
 * THE LIST of what dependencies may be and bring; `npm run audit` and `npm run check` refuse everything else. Each exception
 * says why, and how long it holds where that is not for ever.
 */
export const allowed = {
  /** Licences that ask for no more than to be named. */
  licences: [
    '0BSD',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'CC0-1.0',
    'ISC',
    'MIT',
    'Unlicense',
  ],

  /** Packages under another licence; a name that ends with * stands for all that begin so. */
  otherLicences: [
    {
      name: 'node-datachannel',
      licence: 'MPL 2.0',
      reason: 'optional, used unmodified as published; NOTICE names it and where its source is',
    },
    {
      name: 'web-push',
      licence: 'MPL-2.0',
      reason: 'used unmodified as published; NOTICE names it and where its source is',
    },
    { name: '@node-datachannel/*', licence: 'MPL 2.0', reason: 'the prebuilt binaries of node-datachannel' },
    { name: 'axe-core', licence: 'MPL-2.0', reason: 'tests of the console only, never shipped' },
    { name: 'lightningcss', licence: 'MPL-2.0', reason: 'part of the bundler, never shipped' },
    { name: 'lightningcss-*', licence: 'MPL-2.0', reason: 'binaries of lightningcss' },
  ],

  /** Packages that run a program of their own when they are installed. */
  installScripts: [
    {
      name: 'better-sqlite3',
      reason: 'fetches or compiles its native part; allowScripts in package.json names it too',
    },
  ],

  /** Known weaknesses that do not reach us: `{ id: 'GHSA-…', package, reason, until: 'YYYY-MM-DD' }`. */
  advisories: [],
};
