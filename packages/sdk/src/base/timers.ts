/** Time and chance, handed in so that tests can rule them. */
export interface Timers {
  /** ms. */
  now(): number;
  /** Calls `fire` once after `ms`; call what it returns to give up. */
  after(ms: number, fire: () => void): () => void;
  /** 0 to 1. */
  random(): number;
}

/** Browsers let the timers of hidden pages fire once a minute; those of workers keep time. */
const workerCode =
  'const t=new Map();onmessage=({data:[id,ms]})=>{clearTimeout(t.get(id));t.delete(id);' +
  'if(ms>=0)t.set(id,setTimeout(()=>{t.delete(id);postMessage(id)},ms))}';

/** The real thing; through a worker where there is one, so that a hidden tab can still be rung. */
export function realTimers(): Timers {
  const pending = new Map<number, () => void>();
  let count = 0;
  const worker = startWorker((id) => {
    const fire = pending.get(id);
    pending.delete(id);
    fire?.();
  });
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    after: (ms, fire) => {
      if (worker === undefined) {
        const timer = setTimeout(fire, ms);
        return () => clearTimeout(timer);
      }
      count += 1;
      const id = count;
      pending.set(id, fire);
      worker.postMessage([id, Math.max(0, ms)]);
      return () => {
        if (pending.delete(id)) worker.postMessage([id, -1]);
      };
    },
  };
}

let shared: Timers | undefined;

/** One set of timers for the whole page. */
export const pageTimers = (): Timers => {
  shared ??= realTimers();
  return shared;
};

/** Undefined where there are no workers, or the page's policy forbids them. */
function startWorker(fired: (id: number) => void): { postMessage(message: unknown): void } | undefined {
  if (typeof document === 'undefined' || typeof Worker === 'undefined' || typeof Blob === 'undefined') return undefined;
  try {
    const url = URL.createObjectURL(new Blob([workerCode], { type: 'text/javascript' }));
    const worker = new Worker(url);
    let broken = false;
    const own = new Map<number, ReturnType<typeof setTimeout>>();
    const here = (id: number, ms: number) => {
      clearTimeout(own.get(id));
      own.delete(id);
      if (ms >= 0)
        own.set(
          id,
          setTimeout(() => fired(id), ms),
        );
    };
    const asked = new Map<number, number>();
    worker.onmessage = ({ data }: MessageEvent<number>) => {
      asked.delete(data);
      fired(data);
    };
    // A policy that forbids the worker is only told here, after timers were asked for.
    worker.onerror = (event) => {
      event.preventDefault();
      broken = true;
      for (const [id, ms] of asked) here(id, ms);
      asked.clear();
    };
    return {
      postMessage: (message) => {
        const [id, ms] = message as [number, number];
        if (broken) return here(id, ms);
        if (ms >= 0) asked.set(id, ms);
        else asked.delete(id);
        worker.postMessage(message);
      },
    };
  } catch {
    return undefined;
  }
}
