import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, api, enter, type Session } from '../lib/api.ts';
import { href } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { Field, Form } from '../parts/form.tsx';

/** The secret of a one-time link, which stands behind the `#` so that no server and no log sees it. */
const linkIn = (hash: string): string => /^#(?:link=)?([\w-]{20,})$/.exec(hash)?.[1] ?? '';

/** What is shown to who is not signed in: sign-in, or setting a password by a one-time link. */
export const Gate = () => (
  <main class="gate" id="main" tabIndex={-1}>
    <Entrance />
  </main>
);

/** The same over a page whose session has ended; the page stays as it is, out of sight, for who signs in again. */
export function GateOver() {
  const box = useRef<HTMLDialogElement>(null);
  const show = () => {
    const dialog = box.current;
    if (dialog === null || dialog.open) return;
    // On top of whatever dialog the page has open.
    dialog.showModal();
    dialog.querySelector('input')?.focus();
  };
  useEffect(() => {
    show();
    return () => box.current?.close();
  }, []);
  return (
    // A browser closes a dialog at the second Escape, whatever the page says.
    <dialog
      ref={box}
      class="gate over"
      aria-label={say('signIn')}
      onCancel={(event) => event.preventDefault()}
      onClose={show}
    >
      <p class="notice warn" role="status">
        {say('sessionOver')}
      </p>
      <Entrance />
    </dialog>
  );
}

function Entrance() {
  const [link, setLink] = useState(linkIn(location.hash));
  useEffect(() => {
    const before = document.title;
    document.title = `${say('signIn')} · Ringback`;
    const onHash = () => setLink(linkIn(location.hash));
    addEventListener('hashchange', onHash);
    return () => {
      document.title = before;
      removeEventListener('hashchange', onHash);
    };
  }, []);
  return (
    <div class="card">
      <div class="brand" style={{ padding: 0 }}>
        <img src="/console/icon.svg" alt="" width="24" height="24" />
        Ringback
      </div>
      {link === '' ? <SignIn /> : <UseLink link={link} leave={() => setLink('')} />}
    </div>
  );
}

function SignIn() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <>
      <div>
        <h1>{say('signIn')}</h1>
        <p class="muted">{say('signInLead')}</p>
      </div>
      <Form
        submit={say('signIn')}
        fields={[]}
        disabled={name === '' || password === ''}
        send={async () => {
          try {
            enter(await api.post<Session>('/session', { name, password }));
          } catch (error) {
            if (!(error instanceof ApiError)) throw error;
            const words = { console_sign_in: say('wrongSignIn'), console_wait: say('waitSignIn') }[error.reason];
            throw new ApiError(error.status, error.reason, words ?? error.message);
          }
        }}
      >
        {() => (
          <>
            <Field name="name" label={say('name')} autoComplete="username" value={name} set={setName} />
            <Field
              name="password"
              label={say('password')}
              type="password"
              autoComplete="current-password"
              value={password}
              set={setPassword}
            />
          </>
        )}
      </Form>
      <p class="muted">
        {say('noPassword')} <code>ringback console link</code>
      </p>
    </>
  );
}

function UseLink({ link, leave }: { readonly link: string; readonly leave: () => void }) {
  const [name, setName] = useState<string>();
  const [dead, setDead] = useState(false);
  const [password, setPassword] = useState('');
  useEffect(() => {
    api.post<{ readonly name: string }>('/link', { link }).then(
      (found) => setName(found.name),
      () => setDead(true),
    );
  }, [link]);
  if (dead) {
    return (
      <>
        <h1>{say('linkDead')}</h1>
        <p class="muted">
          {say('linkDeadLead')} <code>ringback console link</code>
        </p>
        <button type="button" class="button" onClick={leave}>
          {say('signIn')}
        </button>
      </>
    );
  }
  return (
    <>
      <div>
        <h1>{say('welcome', { name: name ?? '…' })}</h1>
        <p class="muted">{say('welcomeLead')}</p>
      </div>
      <Form
        submit={say('setPassword')}
        fields={['password']}
        disabled={name === undefined}
        send={async () => {
          const entered = await api.post<Session>('/link/use', { link, password });
          history.replaceState(null, '', href(''));
          enter(entered);
        }}
      >
        {(problem) => (
          <>
            <input
              class="hidden"
              type="text"
              autoComplete="username"
              value={name ?? ''}
              readOnly
              tabIndex={-1}
              aria-hidden="true"
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
    </>
  );
}
