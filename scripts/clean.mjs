/** `npm run clean`: removes what was built. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/setup.mjs';

for (const name of readdirSync(join(root, 'packages')))
  rmSync(join(root, 'packages', name, 'dist'), { recursive: true, force: true });
rmSync(join(root, 'packages/server/public'), { recursive: true, force: true });
rmSync(join(root, 'node_modules/.ringback-built'), { force: true });
