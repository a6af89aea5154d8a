import { fileURLToPath } from 'node:url';

/** A server in development mode: `npm start` of the checkout. */
const ringback = process.env.RINGBACK_URL ?? 'http://127.0.0.1:8080';
/** The page finds the server at its own origin. */
const proxy = { '/signalling': { target: ringback, ws: true }, '/demo/sign': ringback };

export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  // This line is all that it takes.
  resolve: { alias: { '@tencentcloud/call-engine-js': 'ringback-sdk' } },
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
  build: { target: 'es2022' },
};
