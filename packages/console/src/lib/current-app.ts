import { signal } from '@preact/signals';

const kept = 'ringback.app';

/** The application that pages are about; 0 = there is none. An address with `app` in it says which. */
export const currentApp = signal(Number(localStorage.getItem(kept) ?? 0));

/** Makes an application the one that pages are about. */
export function chooseApp(id: number): void {
  currentApp.value = id;
  localStorage.setItem(kept, String(id));
}
