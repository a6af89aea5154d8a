const storageKey = 'ringback.device';

const freshId = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `web-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
};

/** Ids that this page uses; two clients of one page are two devices. */
const taken = new Set<string>();

/** Ids that other tabs know to be this page's, in use or not. */
const locked = new Set<string>();

/**
 * The id of this tab as a device: the same after a reload, so that a call can go on, and another one in a duplicated tab.
 */
export async function tabDeviceId(): Promise<string> {
  const stored = readStored();
  if (stored !== undefined && !taken.has(stored)) {
    taken.add(stored);
    if (await lockFor(stored)) return stored;
    taken.delete(stored);
  }
  const id = freshId();
  taken.add(id);
  await lockFor(id);
  if (stored === undefined || !taken.has(stored)) writeStored(id);
  return id;
}

/** Nobody on this page is this device any more; the next one may be. */
export function giveDeviceIdBack(id: string): void {
  taken.delete(id);
}

function readStored(): string | undefined {
  try {
    const id = sessionStorage.getItem(storageKey);
    return id !== null && /^[A-Za-z0-9-]{8,64}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function writeStored(id: string): void {
  try {
    sessionStorage.setItem(storageKey, id);
  } catch {
    // Storage is switched off: the id lasts as long as the page.
  }
}

/** False when another tab has it. A duplicated tab starts with a copy of the storage, and two devices must not share an id. */
function lockFor(id: string): Promise<boolean> {
  if (locked.has(id)) return Promise.resolve(true);
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks;
  if (locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    locks
      .request(`ringback.device.${id}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        if (lock !== null) locked.add(id);
        // Held as long as the page lives.
        return lock === null ? undefined : new Promise(() => {});
      })
      .catch(() => resolve(true));
  });
}
