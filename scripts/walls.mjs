/** Checks the import walls of ARCHITECTURE.md; part of `npm run check`. */
import { root } from './lib/setup.mjs';
import { brokenWalls } from './lib/walls.mjs';

const broken = brokenWalls(root);
for (const sentence of broken) console.error(sentence);
process.exit(broken.length === 0 ? 0 : 1);
