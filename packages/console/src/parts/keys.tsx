import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { may } from '../lib/api.ts';
import { go, href } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { Dialog } from './dialog.tsx';
import { navigation } from './pages-list.ts';

const kept = 'ringback.keys';

/** Whether single keys do something; who speaks to the computer, or types by accident, may switch them off. */
const keysOn = signal(localStorage.getItem(kept) !== 'off');

function switchKeys(on: boolean): void {
  keysOn.value = on;
  localStorage.setItem(kept, on ? 'on' : 'off');
}

const writes = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, select, textarea, [contenteditable]') !== null;

/** Keys of the console: `/` searches, `g` and a letter goes to a page, `?` shows them. */
export function useKeys(help: () => void): void {
  useEffect(() => {
    let lead = 0;
    const onKey = (event: KeyboardEvent) => {
      if (!keysOn.value || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
      if (document.querySelector('dialog[open]') !== null) return;
      if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('[data-search]');
        search?.focus();
        if (search) event.preventDefault();
      } else if (event.key === '?') help();
      else if (event.timeStamp - lead < 1200) {
        lead = 0;
        const found = navigation.flatMap(({ pages }) => pages).find(({ key }) => key === event.key);
        if (found && may(found.role ?? 'viewer')) go(href(found.page));
        return;
      }
      lead = event.key === 'g' ? event.timeStamp : 0;
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

/** The keys there are. */
export const KeysHelp = ({ close }: { readonly close: () => void }) => (
  <Dialog title={say('keys')} close={close}>
    <label class="check">
      <input type="checkbox" checked={keysOn.value} onChange={(event) => switchKeys(event.currentTarget.checked)} />
      <span>{say('keysOn')}</span>
    </label>
    <dl class="facts">
      <dt>
        <kbd>/</kbd>
      </dt>
      <dd>{say('keySearch')}</dd>
      <dt>
        <kbd>?</kbd>
      </dt>
      <dd>{say('keyHelp')}</dd>
      <dt>
        <kbd>Esc</kbd>
      </dt>
      <dd>{say('keyClose')}</dd>
      {navigation
        .flatMap(({ pages }) => pages)
        .filter(({ role = 'viewer' }) => may(role))
        .map(({ key, name }) => [
          <dt key={`${key}-key`}>
            <kbd>g</kbd> <kbd>{key}</kbd>
          </dt>,
          <dd key={key}>{say(name)}</dd>,
        ])}
    </dl>
  </Dialog>
);
