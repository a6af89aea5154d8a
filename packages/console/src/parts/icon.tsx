const paths = {
  overview: 'M3 13h4v7H3zM10 4h4v16h-4zM17 9h4v11h-4z',
  calls: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A15 15 0 0 1 3 6a2 2 0 0 1 2-2z',
  apps: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  webhooks: 'M9 7a3 3 0 1 1 4.5 2.6L11 14M7 12a4 4 0 1 0 4 5h5M15 14a3 3 0 1 1 0 5.5',
  push: 'M12 3a6 6 0 0 0-6 6v4l-2 4h16l-2-4V9a6 6 0 0 0-6-6zM10 20h4',
  users: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6 7-6s7 2 7 6M16 4a4 4 0 0 1 0 7M18 15c3 1 4 3 4 6',
  groups:
    'M12 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5 13a2.5 2.5 0 1 0 0-5M19 13a2.5 2.5 0 1 1 0-5M6 21c0-4 2.5-6.5 6-6.5s6 2.5 6 6.5',
  tryout: 'M8 5v14l11-7z',
  key: 'M14 10a4 4 0 1 1-4-4 4 4 0 0 1 4 4zM13 13l8 8M17 17l2-2',
  explorer: 'M8 6l-6 6 6 6M16 6l6 6-6 6M14 4l-4 16',
  errors: 'M12 3l10 18H2zM12 10v5M12 18v.5',
  operators: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z',
  token: 'M4 7h16v10H4zM8 12h.5M12 12h.5M16 12h.5',
  audit: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  plus: 'M12 5v14M5 12h14',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5',
  moon: 'M20 14A8 8 0 1 1 10 4a6.5 6.5 0 0 0 10 10z',
  system: 'M3 5h18v11H3zM9 20h6M12 16v4',
  down: 'M12 4v12M7 11l5 5 5-5M5 20h14',
} as const;

export type IconName = keyof typeof paths;

/** A small drawing beside words; never the only name of anything. */
export const Icon = ({ name, size = 17 }: { readonly name: IconName; readonly size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    <path d={paths[name]} />
  </svg>
);
