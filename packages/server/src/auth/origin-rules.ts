import type { App } from '../ports/apps.ts';

const exact = /^https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?$/;
const anyHost = /^https?:\/\/\*\.[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?$/;

/** Whether text is an origin as browsers write it, or one whose host begins with `*.`, which stands for all hosts below. */
export const isOriginRule = (text: string): boolean => exact.test(text) || anyHost.test(text);

/**
 * True when pages of this origin may sign devices in to the application. An empty origin is no browser's, and without a
 * list pages may come from anywhere: it is the signature that lets a device in.
 */
export function originAllowed(app: App, origin: string): boolean {
  if (app.allowOrigins.length === 0 || origin === '') return true;
  const asked = origin.toLowerCase();
  return app.allowOrigins.some((rule) => {
    const star = rule.indexOf('*');
    if (star < 0) return rule === asked;
    const [head, tail] = [rule.slice(0, star), rule.slice(star + 1)];
    return asked.length > head.length + tail.length && asked.startsWith(head) && asked.endsWith(tail);
  });
}
