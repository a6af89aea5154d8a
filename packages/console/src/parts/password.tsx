import { useState } from 'preact/hooks';
import { ApiError, api } from '../lib/api.ts';
import { say } from '../lib/say.ts';
import { Dialog, useOwnClose } from './dialog.tsx';
import { Field, Form } from './form.tsx';
import { toast } from './toast.tsx';

/** Changes the own password, which signs out everywhere else. */
export function PasswordDialog({ close }: { readonly close: () => void }) {
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const closeOwn = useOwnClose(close);
  const send = async () => {
    try {
      await api.post('/password', { old, password });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const field = error.reason === 'console_sign_in' ? 'old' : error.field;
      throw new ApiError(error.status, error.reason, field === 'old' ? say('wrongPassword') : error.message, field);
    }
    toast(say('passwordChanged'));
    closeOwn();
  };
  return (
    <Dialog title={say('changePassword')} close={close}>
      <Form submit={say('save')} cancel={close} fields={['old', 'password']} send={send}>
        {(problem) => (
          <>
            <Field
              name="old"
              label={say('oldPassword')}
              type="password"
              autoComplete="current-password"
              value={old}
              set={setOld}
              problem={problem('old')}
            />
            <Field
              name="password"
              label={say('newPassword')}
              type="password"
              autoComplete="new-password"
              hint={say('passwordHint')}
              value={password}
              set={setPassword}
              problem={problem('password')}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}
