importScripts('/ringback-push-worker.umd.cjs');

RingbackPush.handlePushes(self, { decline: 'Not now', page: () => '/app' });
