import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { findingText } from '../lib/finding-text.ts';
import { say } from '../lib/say.ts';
import { type Readers, useTranslated } from '../lib/translated.ts';
import type { Finding } from '../lib/types.ts';
import { Field, Form } from '../parts/form.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Secret } from '../parts/secret.tsx';
import { Ticked } from '../parts/ticked.tsx';
import type { SigTexts } from '../texts/texts.ts';

/** Makes UserSigs, and says what is wrong with one. */
export const UserSigs = () => (
  <NeedApp title={say('userSig')}>
    {(app) => (
      <Page title={say('userSig')} lead={say('userSigLead')}>
        <div class="columns">
          <Maker app={app} key={app} />
          <Doctor />
        </div>
      </Page>
    )}
  </NeedApp>
);

function Maker({ app }: { readonly app: number }) {
  const [user, setUser] = useState('');
  const [expire, setExpire] = useState('86400');
  const [made, setMade] = useState<{ readonly userSig: string; readonly keyId: string }>();
  const owner = may('owner');
  return (
    <Card title={say('sigMake')}>
      <div class="stack">
        {!owner && <p class="notice warn">{say('ownerOnly')}</p>}
        <Form
          submit={say('sigMakeIt')}
          fields={['user', 'expire']}
          disabled={!owner || user === ''}
          send={async () => setMade(await api.post(`/apps/${app}/usersigs`, { user, expire: Number(expire) }))}
        >
          {(problem) => (
            <>
              <Field
                name="user"
                label={say('userId')}
                value={user}
                set={setUser}
                problem={problem('user')}
                disabled={!owner}
              />
              <Field
                name="expire"
                label={say('sigExpire')}
                hint={say('sigExpireHint')}
                value={expire}
                set={setExpire}
                problem={problem('expire')}
                disabled={!owner}
              />
            </>
          )}
        </Form>
        {made && (
          <>
            <Secret text={made.userSig} label="UserSig" />
            <p class="muted">{say('sigKey', { name: made.keyId })}</p>
          </>
        )}
      </div>
    </Card>
  );
}

const tones = { good: 'good', note: 'warn', wrong: 'bad' } as const;

const readers: Readers<SigTexts> = {
  ko: async () => (await import('../texts/ko-usersig.ts')).koUserSig,
  zh: async () => (await import('../texts/zh-usersig.ts')).zhUserSig,
};

function Doctor() {
  const texts = useTranslated(readers);
  const [sig, setSig] = useState('');
  const [user, setUser] = useState('');
  const [findings, setFindings] = useState<readonly Finding[]>();
  return (
    <Card title={say('sigDoctor')}>
      <div class="stack">
        <Form
          submit={say('sigExplain')}
          fields={['sig', 'user']}
          disabled={sig.trim() === ''}
          send={async () => setFindings(await api.post('/usersigs/explain', { sig, ...(user !== '' && { user }) }))}
        >
          {(problem) => (
            <>
              <Field
                name="sig"
                label="UserSig"
                hint={say('sigPaste')}
                lines={4}
                value={sig}
                set={setSig}
                problem={problem('sig')}
              />
              <Field
                name="user"
                label={say('sigUser')}
                hint={say('sigUserHint')}
                value={user}
                set={setUser}
                problem={problem('user')}
              />
            </>
          )}
        </Form>
        {findings && texts !== 'loading' && (
          <ul class="stack" aria-live="polite">
            {findings.map((finding) => (
              <li key={finding.text} class="row" style={{ alignItems: 'flex-start' }}>
                <Pill tone={tones[finding.level]}>{say(`finding_${finding.level}`)}</Pill>
                <span class="grow">
                  <Ticked text={findingText(finding, texts)} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}
