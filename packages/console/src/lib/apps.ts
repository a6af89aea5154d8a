import { signal } from '@preact/signals';
import { api } from './api.ts';
import { currentApp } from './current-app.ts';
import type { AppView } from './types.ts';

/** All applications; undefined until they are read. */
export const apps = signal<readonly AppView[] | undefined>(undefined);

/** Reads the applications again. */
export async function loadApps(): Promise<void> {
  const all = await api.get<readonly AppView[]>('/apps');
  apps.value = all;
  if (!all.some(({ id }) => id === currentApp.value)) currentApp.value = all[0]?.id ?? 0;
}
