import { signal } from '@preact/signals';
import { type ApiError, api } from './api.ts';
import { chooseApp, currentApp } from './current-app.ts';
import type { AppView } from './types.ts';
import { asApiError } from './use-resource.ts';

/** All applications; undefined until they are read. */
export const apps = signal<readonly AppView[] | undefined>(undefined);

/** Why they could not be read when this was tried last. */
export const appsProblem = signal<ApiError | undefined>(undefined);

/** The read that was begun last, and what pages are to be about once one has come. */
let newest = 0;
let wanted: number | undefined;

/**
 * Reads the applications again; pages are about `chosen` from then on, if it is one of them. An answer that a newer read has
 * overtaken counts for nothing.
 */
export async function loadApps(chosen?: number): Promise<void> {
  newest += 1;
  const mine = newest;
  wanted = chosen ?? wanted;
  let all: readonly AppView[];
  try {
    all = await api.get<readonly AppView[]>('/apps');
  } catch (error) {
    if (mine !== newest) return;
    wanted = undefined;
    appsProblem.value = asApiError(error);
    return;
  }
  if (mine !== newest) return;
  appsProblem.value = undefined;
  apps.value = all;
  const one = wanted;
  wanted = undefined;
  if (one !== undefined && all.some(({ id }) => id === one)) chooseApp(one);
  else if (!all.some(({ id }) => id === currentApp.value)) currentApp.value = all[0]?.id ?? 0;
}
