import { useState } from 'preact/hooks';
import { ApiError, api } from '../lib/api.ts';
import { count, moment } from '../lib/format.ts';
import { asInput, fromInput } from '../lib/ranges.ts';
import { say } from '../lib/say.ts';
import type { AppSettings, AppView } from '../lib/types.ts';
import { useChanges } from '../lib/use-changes.ts';
import { Dialog, useOwnClose } from '../parts/dialog.tsx';
import { Field, Form } from '../parts/form.tsx';
import { Card } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { toast } from '../parts/toast.tsx';

interface SettingsProps {
  readonly app: AppView;
  readonly owner: boolean;
  readonly changed: () => void;
}

const linesOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(/[\n,]+/)
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  ),
];

/** What holds for one application: who may call, what is off, until when, and its limits; each card with its form. */
export function Settings({ app, owner, changed }: SettingsProps) {
  const [open, setOpen] = useState<'access' | 'calls' | 'limits'>();
  const edit = (what: 'access' | 'calls' | 'limits') =>
    owner && (
      <button
        type="button"
        class="button small"
        aria-label={say('editNamed', { name: say(`set_${what}`) })}
        onClick={() => setOpen(what)}
      >
        {say('edit')}
      </button>
    );
  const { settings, overrides } = app;
  const own = (name: keyof AppSettings) =>
    Object.hasOwn(overrides, name) && <Pill tone="accent">{say('ownSetting')}</Pill>;
  const close = () => setOpen(undefined);
  const rates = Object.entries(settings.rates).map(([name, rate]) => `${name} ${rate}`);
  return (
    <>
      <div class="columns">
        <Card title={say('set_access')} actions={edit('access')}>
          <dl class="facts">
            <dt>{say('name')}</dt>
            <dd>{app.name || say('unnamed')}</dd>
            <dt>{say('packageExpires')}</dt>
            <dd>{app.packageExpiresAt === 0 ? say('never') : moment(app.packageExpiresAt)}</dd>
            <dt>{say('allowIps')}</dt>
            <dd class="break">{app.allowIps.length === 0 ? say('everywhere') : app.allowIps.join(', ')}</dd>
            <dt>{say('disabledCommands')}</dt>
            <dd class="break">{app.disabledCommands.length === 0 ? say('none') : app.disabledCommands.join(', ')}</dd>
          </dl>
        </Card>
        <Card title={say('set_calls')} actions={edit('calls')}>
          <dl class="facts">
            <dt>{say('maxMembers')}</dt>
            <dd>
              {settings.maxMembers} {own('maxMembers')}
            </dd>
            <dt>{say('multiDevice')}</dt>
            <dd>
              {say(settings.multiDevice === 'ring-all' ? 'multiAll' : 'multiSingle')} {own('multiDevice')}
            </dd>
            <dt>{say('glare')}</dt>
            <dd>
              {say(settings.glare === 'merge' ? 'glareMerge' : 'glareBusy')} {own('glare')}
            </dd>
            <dt>{say('unknownCallee')}</dt>
            <dd>
              {say(settings.unknownCallee === 'refuse' ? 'unknownRefuse' : 'unknownRing')} {own('unknownCallee')}
            </dd>
            <dt>{say('groupsRequired')}</dt>
            <dd>
              {settings.groupsRequired ? say('yes') : say('no')} {own('groupsRequired')}
            </dd>
          </dl>
        </Card>
        <Card title={say('set_limits')} actions={edit('limits')}>
          <dl class="facts">
            <dt>{say('maxInFlight')}</dt>
            <dd>
              {settings.maxInFlight} {own('maxInFlight')}
            </dd>
            <dt>{say('groupMembers')}</dt>
            <dd>
              {settings.groupMembers} {own('groupMembers')}
            </dd>
            <dt>{say('groupsJoined')}</dt>
            <dd>
              {settings.groupsJoined} {own('groupsJoined')}
            </dd>
            <dt>{say('rates')}</dt>
            <dd class="break">
              {rates.length === 0 ? say('none') : rates.join(', ')} {own('rates')}
            </dd>
          </dl>
        </Card>
      </div>
      {open === 'access' && <Access app={app} close={close} changed={changed} />}
      {open === 'calls' && <CallSettings app={app} close={close} changed={changed} />}
      {open === 'limits' && <Limits app={app} close={close} changed={changed} />}
    </>
  );
}

interface FormProps {
  readonly app: AppView;
  readonly close: () => void;
  readonly changed: () => void;
}

/** Saves what a form changes. */
function useSave({ app, close, changed }: FormProps): (body: object) => Promise<void> {
  const closeOwn = useOwnClose(close);
  return async (body) => {
    await api.patch(`/apps/${app.id}`, body);
    toast(say('saved'));
    changed();
    closeOwn();
  };
}

function Access(props: FormProps) {
  const { app, close } = props;
  const save = useSave(props);
  const [name, setName] = useState(app.name);
  const [ips, setIps] = useState(app.allowIps.join('\n'));
  const [commands, setCommands] = useState(app.disabledCommands.join('\n'));
  const [until, setUntil] = useState(asInput(app.packageExpiresAt || undefined));
  const changes = useChanges(
    { name, allowIps: ips, disabledCommands: commands, packageExpiresAt: until },
    { allowIps: linesOf, disabledCommands: linesOf, packageExpiresAt: (text) => fromInput(text) ?? 0 },
  );
  return (
    <Dialog title={say('set_access')} close={close}>
      <Form
        submit={say('save')}
        cancel={close}
        fields={['name', 'allowIps', 'disabledCommands', 'packageExpiresAt']}
        send={async () => save(changes())}
      >
        {(problem) => (
          <>
            <Field name="name" label={say('name')} value={name} set={setName} problem={problem('name')} />
            <Field
              name="allowIps"
              label={say('allowIps')}
              hint={say('allowIpsHint')}
              lines={3}
              value={ips}
              set={setIps}
              problem={problem('allowIps')}
            />
            <Field
              name="disabledCommands"
              label={say('disabledCommands')}
              hint={say('disabledCommandsHint')}
              lines={3}
              value={commands}
              set={setCommands}
              problem={problem('disabledCommands')}
            />
            <Field
              name="packageExpiresAt"
              label={say('packageExpires')}
              hint={say('packageExpiresHint')}
              type="datetime-local"
              value={until}
              set={setUntil}
              problem={problem('packageExpiresAt')}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}

/** A number that may be left empty: then the server's own holds. What is no number is refused at its field. */
function numberIn(field: string, text: string, from: number, to: number): number | null {
  if (text.trim() === '') return null;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new ApiError(400, 'bad_params', say('notANumber'), field);
  if (value < from || value > to) {
    throw new ApiError(400, 'bad_params', say('notInRange', { from: count(from), to: count(to) }), field);
  }
  return value;
}

/** The server names `settings/maxMembers` or the like; the field is the last part. */
async function atField(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, reason, message, code, data } = error;
    throw new ApiError(status, reason, message, error.field.split(/[./]/).at(-1) ?? '', code, data);
  }
}

const chosen = <Name extends keyof AppSettings>(app: AppView, name: Name): string => String(app.overrides[name] ?? '');

function CallSettings(props: FormProps) {
  const { app, close } = props;
  const save = useSave(props);
  const [members, setMembers] = useState(chosen(app, 'maxMembers'));
  const [devices, setDevices] = useState(chosen(app, 'multiDevice'));
  const [glare, setGlare] = useState(chosen(app, 'glare'));
  const [unknown, setUnknown] = useState(chosen(app, 'unknownCallee'));
  const [groups, setGroups] = useState(chosen(app, 'groupsRequired'));
  const orNull = (text: string) => text || null;
  const changes = useChanges(
    { maxMembers: members, multiDevice: devices, glare, unknownCallee: unknown, groupsRequired: groups },
    {
      maxMembers: (text) => numberIn('maxMembers', text, 2, 100),
      multiDevice: orNull,
      glare: orNull,
      unknownCallee: orNull,
      groupsRequired: (text) => (text === '' ? null : text === 'true'),
    },
  );
  const server = { '': say('asServer') };
  return (
    <Dialog title={say('set_calls')} close={close}>
      <Form
        submit={say('save')}
        cancel={close}
        fields={['maxMembers']}
        send={() => atField(async () => save({ settings: changes() }))}
      >
        {(problem) => (
          <>
            <Field
              name="maxMembers"
              label={say('maxMembers')}
              hint={say('numberHint', { from: 2, to: 100 })}
              value={members}
              set={setMembers}
              problem={problem('maxMembers')}
            />
            <Field
              name="multiDevice"
              label={say('multiDevice')}
              value={devices}
              set={setDevices}
              choices={{ ...server, 'ring-all': say('multiAll'), single: say('multiSingle') }}
            />
            <Field
              name="glare"
              label={say('glare')}
              value={glare}
              set={setGlare}
              choices={{ ...server, merge: say('glareMerge'), busy: say('glareBusy') }}
            />
            <Field
              name="unknownCallee"
              label={say('unknownCallee')}
              value={unknown}
              set={setUnknown}
              choices={{ ...server, refuse: say('unknownRefuse'), ring: say('unknownRing') }}
            />
            <Field
              name="groupsRequired"
              label={say('groupsRequired')}
              value={groups}
              set={setGroups}
              choices={{ ...server, true: say('yes'), false: say('no') }}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}

/** `service/command 20` on each line; empty: as the server has it. */
function ratesIn(text: string): Readonly<Record<string, number>> | null {
  const lines = linesOf(text);
  if (lines.length === 0) return null;
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, rate] = /^(\S+)\s+(\d+)$/.exec(line) ?? [];
      if (name === undefined) throw new ApiError(400, 'bad_params', say('ratesWrong', { line }), 'rates');
      return [name, Number(rate)];
    }),
  );
}

function Limits(props: FormProps) {
  const { app, close } = props;
  const save = useSave(props);
  const [flight, setFlight] = useState(chosen(app, 'maxInFlight'));
  const [members, setMembers] = useState(chosen(app, 'groupMembers'));
  const [joined, setJoined] = useState(chosen(app, 'groupsJoined'));
  const [rates, setRates] = useState(
    Object.entries(app.overrides.rates ?? {})
      .map(([name, rate]) => `${name} ${rate}`)
      .join('\n'),
  );
  const changes = useChanges(
    { maxInFlight: flight, groupMembers: members, groupsJoined: joined, rates },
    {
      maxInFlight: (text) => numberIn('maxInFlight', text, 1, 100_000),
      groupMembers: (text) => numberIn('groupMembers', text, 1, 1_000_000),
      groupsJoined: (text) => numberIn('groupsJoined', text, 1, 1_000_000),
      rates: ratesIn,
    },
  );
  return (
    <Dialog title={say('set_limits')} close={close}>
      <Form
        submit={say('save')}
        cancel={close}
        fields={['maxInFlight', 'groupMembers', 'groupsJoined', 'rates', 'settings']}
        send={() => atField(async () => save({ settings: changes() }))}
      >
        {(problem) => (
          <>
            <Field
              name="maxInFlight"
              label={say('maxInFlight')}
              hint={say('numberHint', { from: 1, to: '100 000' })}
              value={flight}
              set={setFlight}
              problem={problem('maxInFlight')}
            />
            <Field
              name="groupMembers"
              label={say('groupMembers')}
              hint={say('numberHint', { from: 1, to: '1 000 000' })}
              value={members}
              set={setMembers}
              problem={problem('groupMembers')}
            />
            <Field
              name="groupsJoined"
              label={say('groupsJoined')}
              hint={say('numberHint', { from: 1, to: '1 000 000' })}
              value={joined}
              set={setJoined}
              problem={problem('groupsJoined')}
            />
            <Field
              name="rates"
              label={say('rates')}
              hint={say('ratesHint')}
              lines={4}
              value={rates}
              set={setRates}
              problem={problem('rates') ?? problem('settings')}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}
