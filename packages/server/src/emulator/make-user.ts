import { ScriptError } from '../script/node-reader.ts';
import type { ScriptUser } from '../script/script.ts';
import { DeviceRefusal } from './virtual-device.ts';
import type { VirtualUser } from './virtual-user.ts';

/** A user as a request describes one, and which members of that were written. */
export interface DescribedUser {
  readonly user: ScriptUser;
  readonly given: readonly string[];
}

/** Members of a script whose names are not those of what is read from them. */
const readAs: Readonly<Partial<Record<string, keyof ScriptUser>>> = { clockAhead: 'skew', clockBehind: 'skew' };

/** Changes what a user does when called. Throws `ScriptError` where anything else is asked to change: devices are signed in already. */
export function changeUser(known: VirtualUser, { user, given }: DescribedUser): void {
  const { described } = known;
  const others = given.filter((name) => {
    const member = readAs[name] ?? (name as keyof ScriptUser);
    return name !== 'whenCalled' && JSON.stringify(user[member]) !== JSON.stringify(described[member]);
  });
  if (others.length > 0) {
    const which = others.join(', ');
    throw new ScriptError(
      `${user.id} is there already; only whenCalled can be changed, not ${which}. Make another user.`,
    );
  }
  known.whenCalled = user.whenCalled;
}

/** What is wrong with a user who is to be made while the emulator runs; throws `ScriptError`. */
export function checkNewUser({ id, busy, signedIn }: ScriptUser): void {
  if (busy && !signedIn) throw new ScriptError(`${id} cannot be busy: no app of the user runs, so none answers.`);
}

/** What to say when a new user could not be made: what the server refuses is a mistake of who asks. */
export const whyNot = (id: string, error: unknown): unknown =>
  error instanceof DeviceRefusal ? new ScriptError(`The server has refused ${id}: ${error.reason}.`) : error;
