/** Fake devices, media over loopback, and nothing that a browser does for its maker. Pages are asked what they allow. */
export const askingArgs: string[] = [
  '--use-fake-device-for-media-stream=device-count=3',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
];

/** The same, for pages that may use all devices. */
export const chromiumArgs: string[] = ['--use-fake-ui-for-media-stream', ...askingArgs];
