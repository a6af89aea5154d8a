import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api, may, session } from '../lib/api.ts';
import { apps } from '../lib/apps.ts';
import { chooseApp, currentApp } from '../lib/current-app.ts';
import { chooseLook, look } from '../lib/look.ts';
import { go, href, isOfApp, route } from '../lib/router.ts';
import { chooseLanguage, type Language, language, languages, say } from '../lib/say.ts';
import { Icon } from './icon.tsx';
import { KeysHelp, useKeys } from './keys.tsx';
import { navigation } from './pages-list.ts';
import { PasswordDialog } from './password.tsx';
import { Segments } from './segments.tsx';

/** Pages that show one of what another page lists. */
const within: Readonly<Record<string, string>> = {
  call: 'calls',
  app: 'apps',
  endpoint: 'webhooks',
  user: 'users',
  group: 'groups',
  request: 'requests',
};

/** The frame of every page: navigation, application, look and language, and who is signed in. */
export function Frame({ children }: { readonly children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const [password, setPassword] = useState(false);
  const { page } = route.value;
  const here = within[page] ?? page;
  useKeys(() => setHelp(true));
  useEffect(() => setOpen(false), [page]);
  const signOut = async () => {
    await api.remove('/session').catch(() => {});
    // Nothing of who was here stays in this window: what pages remember goes with them.
    location.assign(href(''));
  };
  return (
    <>
      <a class="skip" href="#main">
        {say('skip')}
      </a>
      <header class="top">
        <button
          type="button"
          class="button plain icon"
          aria-expanded={open}
          aria-controls="side"
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? 'close' : 'menu'} />
          <span class="hidden">{say('menu')}</span>
        </button>
        <Brand />
      </header>
      <div class="frame">
        <aside class={`side ${open ? 'open' : ''}`} id="side" aria-label="Ringback">
          <Brand />
          <AppChoice />
          <nav class="nav" aria-label={say('menu')}>
            {navigation.map(({ title, pages }) => (
              <div key={title ?? ''}>
                {title && <div class="nav-title">{say(title)}</div>}
                {pages
                  .filter(({ role = 'viewer' }) => may(role))
                  .map(({ page: to, name, icon }) => (
                    <a key={to} href={href(to)} aria-current={to === here ? 'page' : undefined}>
                      <Icon name={icon} />
                      {say(name)}
                    </a>
                  ))}
              </div>
            ))}
          </nav>
          <div class="side-foot">
            <div class="row apart">
              <Segments
                label={say('look')}
                value={look.value}
                set={chooseLook}
                choices={{ system: say('lookSystem'), light: say('lookLight'), dark: say('lookDark') }}
              />
            </div>
            <div class="row">
              <select
                class="input"
                aria-label={say('language')}
                value={language.value}
                onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}
              >
                {Object.entries(languages).map(([key, name]) => (
                  <option key={key} value={key}>
                    {name}
                  </option>
                ))}
              </select>
              <button type="button" class="button plain icon" onClick={() => setHelp(true)} aria-label={say('keys')}>
                <kbd>?</kbd>
              </button>
            </div>
            <div class="row apart">
              <div class="clip grow">
                {session.value?.name} <span class="muted">· {say(`role_${session.value?.role ?? 'viewer'}`)}</span>
              </div>
            </div>
            <div class="row">
              <button type="button" class="button small" onClick={() => setPassword(true)}>
                {say('password')}
              </button>
              <button type="button" class="button small" onClick={signOut}>
                {say('signOut')}
              </button>
            </div>
          </div>
        </aside>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      {help && <KeysHelp close={() => setHelp(false)} />}
      {password && <PasswordDialog close={() => setPassword(false)} />}
    </>
  );
}

const Brand = () => (
  <a class="brand" href={href('')}>
    <img src="/console/icon.svg" alt="" width="24" height="24" />
    Ringback
  </a>
);

/** The application that webhooks, users, groups and tools are about. */
function AppChoice() {
  const all = apps.value;
  if (all !== undefined && all.length === 0) return null;
  return (
    <select
      class="input"
      aria-label={say('app')}
      value={String(currentApp.value)}
      onChange={(event) => {
        chooseApp(Number(event.currentTarget.value));
        const { page, query } = route.value;
        const to = within[page] ?? page;
        if (page === 'app') go(href('app', { id: currentApp.value }), true);
        else if (page === 'explorer') go(href(page, { command: query.get('command') ?? '' }), true);
        else if (isOfApp(to)) go(href(to), within[page] === undefined);
      }}
    >
      {(all ?? []).map(({ id, name }) => (
        <option key={id} value={String(id)}>
          {name === '' ? id : `${name} · ${id}`}
        </option>
      ))}
    </select>
  );
}
