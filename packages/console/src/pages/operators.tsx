import { useState } from 'preact/hooks';
import type { ApiError } from '../lib/api.ts';
import { api, may, type Role, session } from '../lib/api.ts';
import { moment } from '../lib/format.ts';
import { problemText } from '../lib/problem-text.ts';
import { say } from '../lib/say.ts';
import type { OperatorView } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Form } from '../parts/form.tsx';
import { Icon } from '../parts/icon.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Secret } from '../parts/secret.tsx';
import { Table } from '../parts/table.tsx';
import { toast } from '../parts/toast.tsx';

/** The roles by their names. */
export const roleChoices = (): Readonly<Record<Role, string>> => ({
  viewer: say('role_viewer'),
  operator: say('role_operator'),
  owner: say('role_owner'),
});

interface Link {
  readonly name: string;
  readonly link: string;
  readonly expiresAt: number;
}

/** Who may use the console. */
export function Operators() {
  const { data, error, reload } = useResource('operators', () => api.get<readonly OperatorView[]>('/operators'));
  const [inviting, setInviting] = useState<string>();
  const [removing, setRemoving] = useState<string>();
  const owner = may('owner');
  const setRole = async (name: string, role: string) => {
    try {
      await api.put(`/operators/${encodeURIComponent(name)}/role`, { role });
      toast(say('saved'));
    } catch (refused) {
      toast(problemText(refused as ApiError));
    }
    reload();
  };
  return (
    <Page
      title={say('operators')}
      lead={say('operatorsLead')}
      actions={
        owner && (
          <button type="button" class="button main" onClick={() => setInviting('')}>
            <Icon name="plus" size={15} />
            {say('invite')}
          </button>
        )
      }
    >
      {error && <Problem error={error} retry={reload} />}
      <Card flush>
        <Table
          label={say('operators')}
          rows={data}
          id={(one) => one.name}
          empty={null}
          columns={[
            {
              name: say('name'),
              show: ({ name }: OperatorView) => (
                <>
                  {name} {name === session.value?.name && <span class="muted">({say('you')})</span>}
                </>
              ),
            },
            {
              name: say('role'),
              show: ({ name, role }) =>
                owner ? (
                  <select
                    class="input slim"
                    aria-label={say('roleOf', { name })}
                    value={role}
                    onChange={(event) => setRole(name, event.currentTarget.value)}
                  >
                    {Object.entries(roleChoices()).map(([key, text]) => (
                      <option key={key} value={key}>
                        {text}
                      </option>
                    ))}
                  </select>
                ) : (
                  say(`role_${role}`)
                ),
            },
            { name: say('browsers'), kind: 'number', show: ({ sessions }) => sessions },
            { name: say('lastSeen'), show: ({ seenAt }) => <span class="number">{moment(seenAt)}</span> },
            {
              name: say('actions'),
              kind: 'actions',
              show: ({ name }) =>
                owner && (
                  <span class="row" style={{ justifyContent: 'flex-end' }}>
                    <button type="button" class="button small plain" onClick={() => setInviting(name)}>
                      {say('newLink')}
                    </button>
                    <button type="button" class="button small plain danger" onClick={() => setRemoving(name)}>
                      {say('remove')}
                    </button>
                  </span>
                ),
            },
          ]}
        />
      </Card>
      {inviting !== undefined && (
        <Invite
          name={inviting}
          close={() => {
            setInviting(undefined);
            reload();
          }}
        />
      )}
      {removing !== undefined && (
        <Confirm
          title={say('removeOperator', { name: removing })}
          text={say('removeOperatorText')}
          action={say('remove')}
          close={() => setRemoving(undefined)}
          send={async () => {
            await api.remove(`/operators/${encodeURIComponent(removing)}`);
            reload();
          }}
        />
      )}
    </Page>
  );
}

function Invite({ name: known, close }: { readonly name: string; readonly close: () => void }) {
  const [name, setName] = useState(known);
  const [role, setRole] = useState<string>('viewer');
  const [link, setLink] = useState<Link>();
  if (link !== undefined) {
    return (
      <Dialog title={say('linkFor', { name: link.name })} close={close}>
        <p>{say('linkText', { until: moment(link.expiresAt) })}</p>
        <Secret text={`${location.origin}/console/#link=${link.link}`} label={say('link')} />
      </Dialog>
    );
  }
  return (
    <Dialog title={known === '' ? say('invite') : say('linkFor', { name: known })} close={close}>
      <Form
        submit={say('makeLink')}
        cancel={close}
        fields={['name', 'role']}
        send={async () =>
          setLink(await api.post<Link>('/operators/links', { name, ...(known === '' && { role, isNew: true }) }))
        }
      >
        {(problem) => (
          <>
            {known === '' ? (
              <>
                <Field
                  name="name"
                  label={say('name')}
                  hint={say('operatorNameHint')}
                  value={name}
                  set={setName}
                  problem={problem('name')}
                />
                <Field
                  name="role"
                  label={say('role')}
                  hint={say(`role_${role as Role}_text`)}
                  value={role}
                  set={setRole}
                  choices={roleChoices()}
                  problem={problem('role')}
                />
              </>
            ) : (
              <p>{say('newLinkText')}</p>
            )}
          </>
        )}
      </Form>
    </Dialog>
  );
}
