import { render } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import { useEffect } from 'preact/hooks';
import { loadSession, session, sessionOver } from './lib/api.ts';
import { loadApps } from './lib/apps.ts';
import { forgetSignatures } from './lib/rest.ts';
import { href, listen, route } from './lib/router.ts';
import { say, startLanguage } from './lib/say.ts';
import { App } from './pages/app.tsx';
import { Apps } from './pages/apps.tsx';
import { CallPage } from './pages/call.tsx';
import { Calls } from './pages/calls.tsx';
import { Endpoint } from './pages/endpoint.tsx';
import { Gate, GateOver } from './pages/gate.tsx';
import { Group, Groups } from './pages/groups.tsx';
import { Operators } from './pages/operators.tsx';
import { Overview } from './pages/overview.tsx';
import { RequestPage, Requests } from './pages/request.tsx';
import { Tokens } from './pages/tokens.tsx';
import { User } from './pages/user.tsx';
import { Users } from './pages/users.tsx';
import { UserSigs } from './pages/usersig.tsx';
import { Webhooks } from './pages/webhooks.tsx';
import { Frame } from './parts/frame.tsx';
import { Page } from './parts/page.tsx';
import { Toasts } from './parts/toast.tsx';
import './lib/look.ts';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/parts.css';

// What is long is only loaded by who looks at it.
const Audit = lazy(() => import('./pages/audit.tsx').then(({ Audit: page }) => ({ default: page })));
const Explorer = lazy(() => import('./pages/explorer.tsx').then(({ Explorer: page }) => ({ default: page })));
const ErrorCodes = lazy(() => import('./pages/errors.tsx').then(({ ErrorCodes: page }) => ({ default: page })));
const Push = lazy(() => import('./pages/push.tsx').then(({ Push: page }) => ({ default: page })));
const TryCall = lazy(() => import('./pages/try-call.tsx').then(({ TryCall: page }) => ({ default: page })));

const pages: Readonly<Record<string, () => unknown>> = {
  '': Overview,
  calls: Calls,
  call: CallPage,
  request: RequestPage,
  requests: Requests,
  apps: Apps,
  app: App,
  webhooks: Webhooks,
  endpoint: Endpoint,
  push: Push,
  users: Users,
  user: User,
  groups: Groups,
  group: Group,
  explorer: Explorer,
  errors: ErrorCodes,
  try: TryCall,
  usersig: UserSigs,
  operators: Operators,
  tokens: Tokens,
  audit: Audit,
};

const Missing = () => (
  <Page title={say('noPage')}>
    <p>
      <a href={href('')}>{say('overview')}</a>
    </p>
  </Page>
);

function Console() {
  const who = session.value;
  const over = sessionOver.value;
  const name = who?.name;
  useEffect(() => {
    if (who) loadApps();
  }, [who]);
  // Whoever signs in next in this window makes signatures of their own.
  useEffect(() => forgetSignatures, [name]);
  if (who === undefined) return null;
  if (who === null) return <Gate />;
  const { page } = route.value;
  const Shown = (Object.hasOwn(pages, page) ? pages[page] : Missing) as () => preact.JSX.Element;
  return (
    <>
      {over ? <GateOver /> : null}
      {/* Somebody else begins anew; the same one finds all as it was. */}
      <div key={name} hidden={over}>
        <Frame>
          <Suspense fallback={null}>
            <Shown key={page} />
          </Suspense>
        </Frame>
      </div>
    </>
  );
}

const Root = () => (
  <>
    <Console />
    <Toasts />
  </>
);

listen();
await Promise.all([startLanguage(), loadSession()]);
render(<Root />, document.getElementById('app') as HTMLElement);
