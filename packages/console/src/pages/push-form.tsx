import { useState } from 'preact/hooks';
import { type PushKind, pushKinds } from 'ringback-protocol';
import { ApiError, api } from '../lib/api.ts';
import { say } from '../lib/say.ts';
import type { PushProviderView } from '../lib/types.ts';
import { Dialog, useOwnClose } from '../parts/dialog.tsx';
import { Field, Form } from '../parts/form.tsx';
import { Secret } from '../parts/secret.tsx';
import { toast } from '../parts/toast.tsx';
import type { Texts } from '../texts/texts.ts';

interface Asked {
  readonly name: string;
  readonly label: keyof Texts;
  readonly hint?: keyof Texts;
  /** Nobody is shown it again. */
  readonly secret?: true;
  /** Left empty, it stays as it is. */
  readonly keeps?: true;
  readonly lines?: number;
}

/** What each kind of provider is asked, in the words of the settings API. */
const asked: Readonly<Record<PushKind, readonly Asked[]>> = {
  webhook: [
    { name: 'url', label: 'pushUrl', hint: 'urlHint' },
    { name: 'secret', label: 'pushSecret', hint: 'pushSecretHint', secret: true, keeps: true },
  ],
  'web-push': [
    { name: 'subject', label: 'pushSubject', hint: 'pushSubjectHint' },
    { name: 'publicKey', label: 'pushPublicKey', hint: 'pushKeysHint', keeps: true },
    { name: 'privateKey', label: 'pushPrivateKey', secret: true, keeps: true },
  ],
  fcm: [
    { name: 'serviceAccount', label: 'pushAccount', hint: 'pushAccountHint', secret: true, keeps: true, lines: 6 },
    { name: 'endpoint', label: 'pushEndpoint', hint: 'pushEndpointHint' },
  ],
  apns: [
    { name: 'team', label: 'pushTeam' },
    { name: 'keyId', label: 'pushKeyId' },
    { name: 'key', label: 'pushKey', hint: 'pushKeyHint', secret: true, keeps: true, lines: 6 },
    { name: 'topic', label: 'pushTopic', hint: 'pushTopicHint' },
    { name: 'endpoint', label: 'pushEndpoint', hint: 'pushEndpointHint' },
  ],
};

interface PushFormProps {
  /** The names that are taken. */
  readonly known: readonly string[];
  readonly pathOf: (name: string) => string;
  /** The one that is changed; left out for a new one. */
  readonly provider?: PushProviderView;
  readonly close: () => void;
  readonly changed: () => void;
}

/** A new push provider, or what is to change of one. What is secret goes in, and never comes out. */
export function PushForm({ known, pathOf, provider, close, changed }: PushFormProps) {
  const [name, setName] = useState(provider?.name ?? '');
  const [kind, setKind] = useState<PushKind>(provider?.kind ?? 'webhook');
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const [sandbox, setSandbox] = useState<'keep' | 'false' | 'true'>(provider === undefined ? 'false' : 'keep');
  const [made, setMade] = useState<PushProviderView>();
  const closeOwn = useOwnClose(close);
  const fields = asked[kind];
  const shownOf = (field: string): string => given[field] ?? provider?.setup[field] ?? '';
  const send = async () => {
    if (name === '') throw new ApiError(0, 'bad_params', say('nameNeeded'), 'name');
    if (provider === undefined && known.includes(name))
      throw new ApiError(0, 'bad_params', say('nameTaken', { name }), 'name');
    // A private key that is typed is meant for the public one that is shown.
    const typed = given.privateKey ? { publicKey: shownOf('publicKey'), ...given } : given;
    const texts = fields.map((field) => [field.name, textOf(field, typed[field.name], provider !== undefined)]);
    const body = {
      kind,
      // Somebody else may have taken the name meanwhile.
      ...(provider === undefined && { new: true }),
      ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
      ...(kind === 'apns' && sandbox !== 'keep' && { sandbox: sandbox === 'true' }),
    };
    const saved = await api.put<PushProviderView>(pathOf(name), body);
    changed();
    // Of the others, what is made here is no secret, or was brought along.
    if (saved.secrets[0]?.includes('…') === false) setMade(saved);
    else {
      toast(say('saved'));
      closeOwn();
    }
  };
  if (made !== undefined) {
    return (
      <Dialog title={say('providerMade', { name: made.name })} close={close}>
        <p>{say('pushSecretOnce')}</p>
        <Secret text={made.secrets[0] ?? ''} label={say('secret')} />
      </Dialog>
    );
  }
  return (
    <Dialog title={provider ? say('editNamed', { name }) : say('newProvider')} close={close}>
      <Form
        submit={provider ? say('save') : say('create')}
        cancel={close}
        fields={['name', ...fields.map((field) => field.name)]}
        send={send}
      >
        {(problem) => (
          <>
            {provider === undefined && (
              <>
                <Field
                  name="name"
                  label={say('name')}
                  hint={say('providerNameHint')}
                  value={name}
                  set={setName}
                  problem={problem('name')}
                />
                <Field
                  name="kind"
                  label={say('kind')}
                  value={kind}
                  set={(value) => setKind(value as PushKind)}
                  choices={Object.fromEntries(pushKinds.map((one) => [one, say(`push_${one}`)]))}
                />
              </>
            )}
            {fields.map((field) => (
              <Field
                key={field.name}
                name={field.name}
                label={say(field.label)}
                hint={hintOf(field, provider !== undefined)}
                value={field.secret ? (given[field.name] ?? '') : shownOf(field.name)}
                set={(value) => setGiven({ ...given, [field.name]: value })}
                problem={problem(field.name)}
                {...(field.lines !== undefined && { lines: field.lines })}
                {...(field.secret && field.lines === undefined && { type: 'password' as const })}
              />
            ))}
            {kind === 'apns' && (
              <Field
                name="sandbox"
                label={say('pushService')}
                value={sandbox}
                set={(value) => setSandbox(value as typeof sandbox)}
                choices={{
                  ...(provider && { keep: say('pushServiceKeep') }),
                  false: say('pushProduction'),
                  true: say('pushSandbox'),
                }}
              />
            )}
          </>
        )}
      </Form>
    </Dialog>
  );
}

/** What is sent of a field; undefined for what the server makes, or leaves as it is. */
function textOf({ keeps }: Asked, typed: string | undefined, isChange: boolean): string | undefined {
  const text = typed?.trim();
  return text === '' && (keeps || !isChange) ? undefined : text;
}

const hintOf = ({ keeps, hint }: Asked, isChange: boolean): string | undefined =>
  [keeps && isChange && say('leftAsItIs'), hint && say(hint)].filter(Boolean).join(' ') || undefined;
