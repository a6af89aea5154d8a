import { say } from '../lib/say.ts';
import type { UserView } from '../lib/types.ts';
import { Pill } from './pill.tsx';

/** Whether a user is signed in on any device. */
export const Online = ({ user }: { readonly user: Pick<UserView, 'devices'> }) => (
  <Pill tone={user.devices.length > 0 ? 'good' : 'quiet'}>
    {user.devices.length > 0 ? say('online') : say('offlineState')}
  </Pill>
);
