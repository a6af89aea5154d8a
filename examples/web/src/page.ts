/** An element of the page that must be there. */
export function at<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found as Kind;
}

/** Shows some parts of the page and hides others. */
export function show(parts: Readonly<Record<string, boolean>>): void {
  for (const [id, visible] of Object.entries(parts)) at(id).hidden = !visible;
}

/** Ids in a text, by blanks or commas. */
export const idsOf = (text: string): string[] => text.split(/[\s,]+/).filter((one) => one !== '');

/** A line of the log at the bottom. */
export function note(text: string, bad = false): void {
  const line = document.createElement('li');
  line.textContent = `${new Date().toLocaleTimeString()}  ${text}`;
  if (bad) line.className = 'bad';
  const log = at('log');
  log.append(line);
  while (log.childElementCount > 200) log.firstElementChild?.remove();
  log.scrollTop = log.scrollHeight;
}

/** Runs what a button asks for; what goes wrong is said in the log. */
export async function attempt(what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const { code, message } = error as { readonly code?: number; readonly message?: string };
    note(`${what}: ${message ?? String(error)}${code === undefined ? '' : ` (${code})`}`, true);
    return false;
  }
}
