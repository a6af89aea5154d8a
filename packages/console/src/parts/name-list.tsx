import { useState } from 'preact/hooks';
import { say } from '../lib/say.ts';
import { Field, Form } from './form.tsx';
import { Icon } from './icon.tsx';
import { Card } from './page.tsx';
import { useBusy } from './use-busy.ts';

interface NameListProps {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  readonly names: readonly string[];
  readonly canChange: boolean;
  readonly add: (name: string) => Promise<unknown>;
  readonly remove: (name: string) => Promise<unknown>;
}

/** A short list of names, to which one adds and from which one takes. */
export function NameList({ title, text, label, names, canChange, add, remove }: NameListProps) {
  const [name, setName] = useState('');
  const { busy, act } = useBusy();
  return (
    <Card title={title}>
      <div class="stack">
        <p class="muted">{text}</p>
        <div class="row wrap">
          {names.map((one) => (
            <span class="tag" key={one}>
              {one}
              {canChange ? (
                <button
                  type="button"
                  class="button plain"
                  style={{ minHeight: '22px', padding: '0 3px' }}
                  aria-label={say('removeNamed', { name: one })}
                  aria-disabled={busy}
                  onClick={() => act(() => remove(one))}
                >
                  <Icon name="close" size={12} />
                </button>
              ) : (
                <span />
              )}
            </span>
          ))}
        </div>
        {canChange && (
          <Form
            submit={say('add')}
            fields={['user', 'origin', 'ip']}
            disabled={name === ''}
            send={async () => {
              await add(name.trim());
              setName('');
            }}
          >
            {(problem) => (
              <Field
                name="name"
                label={label}
                value={name}
                set={setName}
                problem={problem('user') ?? problem('origin') ?? problem('ip')}
              />
            )}
          </Form>
        )}
      </div>
    </Card>
  );
}
