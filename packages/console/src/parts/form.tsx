import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { problemText } from '../lib/problem-text.ts';
import { say } from '../lib/say.ts';
import { asApiError } from '../lib/use-resource.ts';
import { useBusy } from './use-busy.ts';

type Problems = Readonly<Record<string, string>>;

interface FormProps {
  readonly submit: string;
  readonly cancel?: () => void;
  readonly danger?: boolean;
  readonly fields: readonly string[];
  readonly disabled?: boolean;
  /** Rejects with an `ApiError`, which is shown at its field where this form has it. */
  readonly send: () => Promise<unknown>;
  readonly children: (problem: (field: string) => string | undefined) => ComponentChildren;
}

/** A form that sends once at a time and shows what the server refuses beside the field it is about. */
export function Form({ submit, cancel, danger = false, fields, disabled = false, send, children }: FormProps) {
  const { busy, act } = useBusy();
  const [problems, setProblems] = useState<Problems>({});
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    return act(async () => {
      setProblems({});
      try {
        await send();
      } catch (error) {
        // Whoever has closed its dialog takes it for done: told in a toast, as what buttons set off.
        if (!form.isConnected) throw error;
        const refused = asApiError(error);
        setProblems({ [fields.includes(refused.field) ? refused.field : '']: problemText(refused) });
        requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      }
    });
  };
  return (
    <form class="form" onSubmit={onSubmit} noValidate>
      {children((field) => problems[field])}
      {problems[''] !== undefined && (
        <p class="notice bad" role="alert">
          {problems['']}
        </p>
      )}
      <div class="foot">
        {cancel && (
          <button type="button" class="button" onClick={cancel}>
            {say('cancel')}
          </button>
        )}
        <button type="submit" class={`button ${danger ? 'danger' : 'main'}`} disabled={busy || disabled}>
          {submit}
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  readonly type?: 'text' | 'password' | 'url' | 'number' | 'datetime-local';
  readonly lines?: number;
  readonly choices?: Readonly<Record<string, string>>;
  readonly autoComplete?: string;
  readonly disabled?: boolean;
}

/** A labelled input, text area or choice, with its hint and what is wrong with it. */
export function Field(props: FieldProps) {
  const { name, label, value, set, hint, problem, type = 'text', lines, choices, autoComplete = 'off' } = props;
  const id = useId();
  const common = {
    id,
    name,
    value,
    class: 'input',
    disabled: props.disabled ?? false,
    'aria-invalid': problem !== undefined,
    'aria-describedby': `${id}-hint`,
  };
  const typed = (event: Event) => set((event.currentTarget as HTMLInputElement).value);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {choices ? (
        <select {...common} onChange={typed}>
          {Object.entries(choices).map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      ) : lines === undefined ? (
        <input {...common} type={type as 'text'} autoComplete={autoComplete} spellcheck={false} onInput={typed} />
      ) : (
        <textarea {...common} rows={lines} spellcheck={false} onInput={typed} />
      )}
      <div id={`${id}-hint`}>
        {problem !== undefined && (
          <span class="problem" role="alert">
            {problem}{' '}
          </span>
        )}
        {hint !== undefined && <span class="hint">{hint}</span>}
      </div>
    </div>
  );
}
