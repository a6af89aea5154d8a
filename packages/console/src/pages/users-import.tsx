import { useState } from 'preact/hooks';
import { ApiError, api } from '../lib/api.ts';
import { count } from '../lib/format.ts';
import { say } from '../lib/say.ts';
import { Dialog, useOwnClose } from '../parts/dialog.tsx';
import { Field, Form } from '../parts/form.tsx';
import { toast } from '../parts/toast.tsx';

interface NewUser {
  readonly userId: string;
  readonly nick?: string;
}

interface Imported {
  readonly made: number;
  readonly changed: number;
  readonly refused: readonly { readonly userId: string }[];
}

/** Users at most, and how many of them go with one request. */
const [most, atOnce] = [10_000, 500];

/** A user on each line; what stands behind a tab is the nickname, since ids may hold commas and blanks. */
const usersIn = (text: string): readonly NewUser[] => {
  const found = new Map<string, NewUser>();
  for (const line of text.split('\n')) {
    const [id = '', ...rest] = line.split('\t');
    const [userId, nick] = [id.trim(), rest.join(' ').trim()];
    if (userId !== '') found.set(userId, { userId, ...(nick !== '' && { nick }) });
  }
  return [...found.values()];
};

/** What an id may be; others are named without asking the server, which would refuse all that go with them. */
const canBe = ({ userId }: NewUser): boolean => /^[ -~]{1,32}$/.test(userId);

interface ImportProps {
  readonly app: number;
  readonly close: () => void;
  readonly done: () => void;
}

/** Makes accounts for users, one on each line. */
export function ImportUsers({ app, close, done }: ImportProps) {
  const [text, setText] = useState('');
  const users = usersIn(text);
  const closeOwn = useOwnClose(close);
  const send = async () => {
    if (users.length > most) throw new ApiError(400, 'bad_params', say('tooManyUsers'), 'users');
    const refused = users.filter((user) => !canBe(user)).map(({ userId }) => userId);
    const good = users.filter(canBe);
    let there = 0;
    for (let from = 0; from < good.length; from += atOnce) {
      const part = good.slice(from, from + atOnce);
      const answer = await api.post<Imported>(`/apps/${app}/users`, { users: part });
      refused.push(...answer.refused.map(({ userId }) => userId));
      there += part.length - answer.refused.length;
    }
    done();
    if (refused.length > 0) {
      const names = refused.slice(0, 5).join(', ');
      throw new ApiError(400, 'bad_params', say('importFailed', { n: count(refused.length), names }), 'users');
    }
    toast(say('importedN', { n: count(there) }));
    closeOwn();
  };
  return (
    <Dialog title={say('importUsers')} close={close}>
      <Form submit={say('importIt')} cancel={close} fields={['users']} disabled={users.length === 0} send={send}>
        {(problem) => (
          <Field
            name="users"
            label={say('userIds')}
            hint={say('userIdsHint')}
            lines={8}
            value={text}
            set={setText}
            problem={problem('users')}
          />
        )}
      </Form>
    </Dialog>
  );
}
