import { type Browser, chromium } from 'playwright-core';

/** Chromium without what belongs to a window: the same pages, scripts and media for less of the processor. */
const chromiumProgram = '/usr/bin/chromium-headless-shell';

/** The whole of it, for what the other has not: notifications, and pages that must ask before they use a device. */
export const wholeChromium = '/usr/bin/chromium';

/**
 * Fake devices, media over loopback, and nothing that a browser does for its maker. Pages may use all devices, unless they
 * are to ask before (`asking`). `cameras`: whoever shares one waits for the slowest of those who look at its pictures, of
 * which it makes `fps` a second.
 */
export const chromiumArgs = ({ asking = false, cameras = 3, fps = 20 } = {}): string[] => [
  ...(asking ? [] : ['--use-fake-ui-for-media-stream']),
  `--use-fake-device-for-media-stream=device-count=${cameras},fps=${fps}`,
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
];

/** A browser as `chromiumArgs` says. */
export const openBrowser = ({ asking = false, ...more }: Parameters<typeof chromiumArgs>[0] = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: asking ? wholeChromium : chromiumProgram,
    args: chromiumArgs({ asking, ...more }),
    headless: true,
  });
