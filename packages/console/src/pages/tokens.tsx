import { useState } from 'preact/hooks';
import { ApiError, api, may } from '../lib/api.ts';
import { moment } from '../lib/format.ts';
import { say } from '../lib/say.ts';
import type { TokenView } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { Field, Form } from '../parts/form.tsx';
import { Icon } from '../parts/icon.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Secret } from '../parts/secret.tsx';
import { Table } from '../parts/table.tsx';
import { roleChoices } from './operators.tsx';

/** Tokens of programs that use the settings API. */
export function Tokens() {
  const { data, error, reload } = useResource('tokens', () => api.get<readonly TokenView[]>('/tokens'));
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<TokenView>();
  const make = may('owner') && (
    <button type="button" class="button main" onClick={() => setMaking(true)}>
      <Icon name="plus" size={15} />
      {say('newToken')}
    </button>
  );
  return (
    <Page title={say('tokens')} lead={say('tokensLead')} actions={make}>
      {error && <Problem error={error} retry={reload} />}
      <Card flush>
        <Table
          label={say('tokens')}
          rows={data}
          id={(one) => one.id}
          empty={<Empty icon="token" title={say('noTokens')} text={say('noTokensText')} />}
          columns={[
            { name: say('purpose'), show: ({ label }: TokenView) => label },
            { name: say('role'), show: ({ role }) => say(`role_${role}`) },
            { name: say('madeBy'), show: ({ operator }) => operator },
            { name: say('lastUsed'), show: ({ usedAt }) => <span class="number">{moment(usedAt)}</span> },
            {
              name: say('validUntil'),
              show: ({ expiresAt }) =>
                expiresAt === 0 ? (
                  <span class="muted">{say('untilRemoved')}</span>
                ) : expiresAt < Date.now() ? (
                  <Pill tone="bad">{say('expired')}</Pill>
                ) : (
                  <span class="number">{moment(expiresAt)}</span>
                ),
            },
            {
              name: say('actions'),
              kind: 'actions',
              show: (token) =>
                may('owner') && (
                  <button type="button" class="button small plain danger" onClick={() => setRemoving(token)}>
                    {say('remove')}
                  </button>
                ),
            },
          ]}
        />
      </Card>
      {making && (
        <MakeToken
          close={() => {
            setMaking(false);
            reload();
          }}
        />
      )}
      {removing && (
        <Confirm
          title={say('removeToken', { name: removing.label })}
          text={say('removeTokenText')}
          action={say('remove')}
          close={() => setRemoving(undefined)}
          send={async () => {
            await api.remove(`/tokens/${removing.id}`);
            reload();
          }}
        />
      )}
    </Page>
  );
}

function MakeToken({ close }: { readonly close: () => void }) {
  const [label, setLabel] = useState('');
  const [role, setRole] = useState('viewer');
  const [days, setDays] = useState('90');
  const [text, setText] = useState('');
  if (text !== '') {
    return (
      <Dialog title={say('tokenMade')} close={close}>
        <p>{say('tokenOnce')}</p>
        <Secret text={text} label={say('token')} />
      </Dialog>
    );
  }
  return (
    <Dialog title={say('newToken')} close={close}>
      <Form
        submit={say('create')}
        cancel={close}
        fields={['label', 'role', 'days']}
        send={async () => {
          // An emptied field is no 0: it would make a token that is good for ever.
          if (days.trim() === '') throw new ApiError(0, 'bad_params', say('daysNeeded'), 'days');
          const made = await api.post<{ readonly text: string }>('/tokens', { label, role, days: Number(days) });
          setText(made.text);
        }}
      >
        {(problem) => (
          <>
            <Field
              name="label"
              label={say('purpose')}
              hint={say('purposeHint')}
              value={label}
              set={setLabel}
              problem={problem('label')}
            />
            <Field name="role" label={say('role')} value={role} set={setRole} choices={roleChoices()} />
            <Field
              name="days"
              label={say('days')}
              hint={say('daysHint')}
              value={days}
              set={setDays}
              problem={problem('days')}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}
