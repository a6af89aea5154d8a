/** The import walls of ARCHITECTURE.md, as rules over the text of sources. */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { filesBelow } from './setup.mjs';

/** Floors of the house. A room may import rooms of lower floors, never one of its own floor. */
const floors = {
  'packages/protocol/src': 0,
  'packages/engine/src': 1,
  'packages/server/src/base': 2,
  'packages/server/src/ports': 2,
  'packages/server/src/config': 2,
  'packages/server/src/observe': 2,
  'packages/server/src/calls': 3,
  'packages/server/src/auth': 3,
  'packages/server/src/stores': 3,
  'packages/server/src/cluster': 3,
  'packages/server/src/media': 3,
  'packages/server/src/commands': 4,
  'packages/server/src/webhooks': 4,
  'packages/server/src/push': 4,
  'packages/server/src/requests': 4,
  'packages/server/src/script': 4,
  'packages/server/src/signalling': 5,
  'packages/server/src/admin': 5,
  'packages/server/src/gateway': 5,
  'packages/server/src/docs': 6,
  'packages/server/src/app.ts': 7,
  'packages/server/src/emulator': 8,
  'packages/server/src/cli': 9,
  'packages/sdk/src/base': 2,
  'packages/sdk/src/signalling': 3,
  'packages/sdk/src/media': 3,
  'packages/sdk/src/push': 3,
  'packages/sdk/src/client': 4,
  'packages/sdk/src/chat': 5,
  'packages/sdk/src/compat': 6,
  'packages/sdk/src/index.ts': 7,
  'packages/sdk/src/chat.ts': 7,
  'packages/sdk/src/push-worker.ts': 7,
  'packages/ringback-test/src/ask.ts': 2,
  'packages/ringback-test/src/program.ts': 2,
  'packages/ringback-test/src/index.ts': 3,
  'packages/console/src/texts': 2,
  'packages/console/src/lib': 3,
  'packages/console/src/parts': 4,
  'packages/console/src/pages': 5,
  'packages/console/src/main.tsx': 6,
};

/** Ports are where rooms of the ground floors meet: config may be built from them. */
const allowedBeside = new Set([
  'packages/server/src/config > packages/server/src/ports',
  'packages/server/src/observe > packages/server/src/ports',
]);

const packages = { 'ringback-protocol': 'packages/protocol/src', 'ringback-engine': 'packages/engine/src' };
const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g;
const impure =
  /\b(?:Date\s*[.(]|new\s+Date\b|Math\.random|setTimeout|setInterval|setImmediate|performance\.|process\.|crypto\.)/;

const roomOf = (path) => Object.keys(floors).find((room) => path === room || path.startsWith(`${room}/`));

/** Everything below `base` that breaks a wall, one sentence each. */
export function brokenWalls(base) {
  const broken = [];
  for (const file of filesBelow(join(base, 'packages'))) {
    const path = relative(base, file);
    if (!/^packages\/[^/]+\/src\/.*\.tsx?$/.test(path)) continue;
    const room = roomOf(path);
    if (room === undefined) {
      broken.push(
        `${path} is in no room of the house. Move it into one, or give the new room a floor in scripts/lib/walls.mjs and ARCHITECTURE.md.`,
      );
      continue;
    }
    const text = readFileSync(file, 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
    for (const match of code.matchAll(importPattern)) {
      const wall = importWall(path, room, match[1] ?? match[2] ?? match[3]);
      if (wall !== undefined) broken.push(wall);
    }
    if (floors[room] <= 1 && /['"]node:/.test(code))
      broken.push(`${path} uses Node: packages/protocol and packages/engine run anywhere.`);
    if (floors[room] === 1 && impure.test(code))
      broken.push(`${path} reads a clock, chance or the process: the engine is pure. Let it come in with the event.`);
    const words = code.replace(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g, "''");
    if (/(?::|<|\bas)\s*any\b/.test(words)) broken.push(`${path} says any: use unknown at the borders and check it.`);
  }
  return broken;
}

function importWall(path, room, specifier) {
  if (room.startsWith('packages/sdk/') && !specifier.startsWith('.') && specifier !== 'ringback-protocol')
    return `${path} imports ${specifier}: the SDK runs in browsers and needs nothing but the protocol.`;
  let target;
  if (specifier.startsWith('.')) target = roomOf(normalize(join(dirname(path), specifier)));
  else target = packages[specifier.split('/')[0]];
  if (specifier.endsWith('.css')) return undefined;
  if (specifier.startsWith('.') && target === undefined) return `${path} imports ${specifier}, which is in no room.`;
  if (target === undefined || target === room) return undefined;
  if (floors[target] < floors[room] || allowedBeside.has(`${room} > ${target}`)) return undefined;
  const why =
    floors[target] === floors[room] ? 'rooms of one floor never import each other' : 'imports point downward only';
  return `${path} imports ${specifier}: ${why}. Put what both need on a lower floor, or hand it in through a port.`;
}
