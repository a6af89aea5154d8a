import { signal } from '@preact/signals';
import { api } from './api.ts';
import type { AppView } from './types.ts';

/** All applications; undefined until they are read. */
export const apps = signal<readonly AppView[] | undefined>(undefined);

const kept = 'ringback.app';

/** The application that pages are about; 0 = there is none. */
export const currentApp = signal(Number(localStorage.getItem(kept) ?? 0));

/** Makes an application the one that pages are about. */
export function chooseApp(id: number): void {
  currentApp.value = id;
  localStorage.setItem(kept, String(id));
}

/** Reads the applications again. */
export async function loadApps(): Promise<void> {
  const all = await api.get<readonly AppView[]>('/apps');
  apps.value = all;
  if (!all.some(({ id }) => id === currentApp.value)) currentApp.value = all[0]?.id ?? 0;
}
