import type { ComponentChildren } from 'preact';
import { apps } from '../lib/apps.ts';
import { currentApp } from '../lib/current-app.ts';
import { href } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { Empty } from './empty.tsx';
import { Card, Page } from './page.tsx';

interface NeedAppProps {
  readonly title: string;
  readonly children: (app: number) => ComponentChildren;
}

/** What a page about an application shows: the page, or the way to the first application. */
export function NeedApp({ title, children }: NeedAppProps) {
  if (currentApp.value !== 0 && apps.value !== undefined) return <>{children(currentApp.value)}</>;
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
