export { handlePushes, type PushedCall, type PushWorkerOptions } from './push/handle-pushes.ts';
