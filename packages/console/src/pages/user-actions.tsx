import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { say } from '../lib/say.ts';
import { Confirm } from '../parts/confirm.tsx';
import { toast } from '../parts/toast.tsx';

/** Where a user is in the settings API. */
export const userPath = (app: number, id: string): string => `/apps/${app}/users/${encodeURIComponent(id)}`;

interface UserActionsProps {
  readonly app: number;
  readonly id: string;
  readonly changed: () => void;
  readonly gone: () => void;
  readonly small?: boolean;
}

/** Signing a user out everywhere, and deleting the account; each for who may. */
export function UserActions({ app, id, changed, gone, small = false }: UserActionsProps) {
  const [asked, setAsked] = useState<'kick' | 'delete'>();
  const look = small ? 'button small plain' : 'button';
  return (
    <span class="row" style={{ justifyContent: 'flex-end' }}>
      {may('operator') && (
        <button type="button" class={look} onClick={() => setAsked('kick')}>
          {say('kick')}
        </button>
      )}
      {may('owner') && (
        <button type="button" class={`${look} danger`} onClick={() => setAsked('delete')}>
          {say('remove')}
        </button>
      )}
      {asked && (
        <Confirm
          title={asked === 'kick' ? say('kickUser', { name: id }) : say('deleteUser', { name: id })}
          text={asked === 'kick' ? say('kickText') : say('deleteUserText')}
          action={asked === 'kick' ? say('kick') : say('remove')}
          close={() => setAsked(undefined)}
          send={async () => {
            if (asked === 'kick') {
              await api.post(`${userPath(app, id)}/kick`);
              toast(say('kicked', { name: id }));
              changed();
            } else {
              await api.remove(userPath(app, id));
              gone();
            }
          }}
        />
      )}
    </span>
  );
}
