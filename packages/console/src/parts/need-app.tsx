import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { apps, appsProblem, loadApps } from '../lib/apps.ts';
import { currentApp } from '../lib/current-app.ts';
import { href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { Empty } from './empty.tsx';
import { Card, Page } from './page.tsx';
import { Problem } from './problem.tsx';

interface NeedAppProps {
  readonly title: string;
  readonly children: (app: number) => ComponentChildren;
}

/** Says that there is no such application, and where those are that there are. */
export const NoApp = ({ id }: { readonly id: string }) => (
  <Empty icon="apps" title={say('noApp', { id })} text={say('noAppText')}>
    <a class="button main" href={href('apps')}>
      {say('apps')}
    </a>
  </Empty>
);

/** What a page about an application shows: the page, or the way to the first application. */
export function NeedApp({ title, children }: NeedAppProps) {
  // What the address says may be gone, or may be newer than what was read.
  const asked = route.value.query.get('app');
  const all = apps.value ?? [];
  const missing = asked !== null && all.length > 0 && all.every(({ id }) => String(id) !== asked);
  useEffect(() => {
    if (missing) loadApps(Number(asked));
  }, [missing, asked]);
  if (missing) {
    return (
      <Page title={title}>
        <Card flush>
          <NoApp id={asked} />
        </Card>
      </Page>
    );
  }
  const app = asked !== null && all.length > 0 ? Number(asked) : currentApp.value;
  if (app !== 0 && apps.value !== undefined) return <>{children(app)}</>;
  if (apps.value === undefined && appsProblem.value !== undefined) {
    return (
      <Page title={title}>
        <Problem error={appsProblem.value} retry={() => loadApps()} />
      </Page>
    );
  }
  return (
    <Page title={title}>
      <Card flush>
        {apps.value === undefined ? (
          <div class="card-body">
            <span class="bone" />
          </div>
        ) : (
          <Empty icon="apps" title={say('noApps')} text={say('noAppsText')}>
            <a class="button main" href={href('apps')}>
              {say('apps')}
            </a>
          </Empty>
        )}
      </Card>
    </Page>
  );
}
