import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';

/** The example `examples/ui-kit`, built and served. */
export interface Served {
  readonly url: string;
  /** Files that are in the bundle. */
  readonly modules: readonly string[];
  close(): Promise<void>;
}

/** Builds the example into `folder` and serves it, with this Ringback behind it, as `vite preview` does. */
export async function serveKit(folder: string, ringback: string): Promise<Served> {
  process.env.RINGBACK_URL = ringback;
  const configFile = fileURLToPath(new URL('../../examples/ui-kit/vite.config.mjs', import.meta.url));
  const common = { configFile, logLevel: 'warn' as const };
  const to = { outDir: folder, emptyOutDir: true };
  const built = await build({ ...common, build: to });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) => ('output' in one ? one.output : []));
  const modules = outputs.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
  const server = await preview({ ...common, build: to, preview: { port: 0, strictPort: false } });
  return {
    url: server.resolvedUrls?.local[0]?.replace(/\/$/, '') ?? '',
    modules,
    close: () => server.close(),
  };
}
