import { afterAll, beforeAll } from 'vitest';
import { furnishedHouse } from '../support/console-furniture.ts';
import type { ConsoleHouse } from '../support/console-house.ts';
import { pagesSuite } from './suite-pages.ts';
import { rolesSuite } from './suite-roles.ts';

// Beside the others: what looks at every page keeps a browser busy while they wait for something.
let house: ConsoleHouse;
beforeAll(async () => {
  house = await furnishedHouse();
});
afterAll(async () => {
  await house?.close();
});

const here = () => house;
pagesSuite(here);
rolesSuite(here);
