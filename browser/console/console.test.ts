import { afterAll, beforeAll } from 'vitest';
import { furnishedHouse } from '../support/console-furniture.ts';
import type { ConsoleHouse } from '../support/console-house.ts';
import { callsSuite } from './suite-calls.ts';
import { changesSuite } from './suite-changes.ts';
import { formsSuite } from './suite-forms.ts';
import { hostileSuite } from './suite-hostile.ts';
import { pushSuite } from './suite-push.ts';
import { signInSuite } from './suite-sign-in.ts';

// One server and one browser for all of them: starting these is what takes time.
let house: ConsoleHouse;
beforeAll(async () => {
  house = await furnishedHouse();
});
afterAll(async () => {
  await house?.close();
});

const here = () => house;
signInSuite(here);
formsSuite(here);
changesSuite(here);
pushSuite(here);
callsSuite(here);
hostileSuite(here);
