import { afterAll, beforeAll } from 'vitest';
import { furnishedHouse } from '../support/console-furniture.ts';
import type { ConsoleHouse } from '../support/console-house.ts';
import { historySuite } from './suite-history.ts';
import { pagesSuite } from './suite-pages.ts';
import { rolesSuite } from './suite-roles.ts';

// What only looks, in a house of its own beside that of the others: two browsers keep two processors busy.
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
historySuite(here);
