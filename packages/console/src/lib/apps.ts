import { signal } from '@preact/signals';
import { type ApiError, api } from './api.ts';
import { chooseApp, currentApp } from './current-app.ts';
import type { AppView } from './types.ts';
import { asApiError } from './use-resource.ts';

/** All applications; undefined until they are read. */
export const apps = signal<readonly AppView[] | undefined>(undefined);

/** Why they could not be read when this was tried last. */
export const appsProblem = signal<ApiError | undefined>(undefined);

/** Reads the applications again; pages are about `chosen` from then on, if it is one of them. */
export async function loadApps(chosen?: number): Promise<void> {
  let all: readonly AppView[];
  try {
    all = await api.get<readonly AppView[]>('/apps');
  } catch (error) {
    appsProblem.value = asApiError(error);
    return;
  }
  appsProblem.value = undefined;
  apps.value = all;
  if (chosen !== undefined && all.some(({ id }) => id === chosen)) chooseApp(chosen);
  else if (!all.some(({ id }) => id === currentApp.value)) currentApp.value = all[0]?.id ?? 0;
}
