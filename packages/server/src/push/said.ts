/** Characters of what a push service said that are kept. */
const longest = 200;

/** What a service said, on one line and short; tokens and signatures that it repeats are blotted out. */
export const said = (text: string): string =>
  text
    .replace(/[^ -~]+/g, ' ')
    .replace(/[A-Za-z0-9_.:/+=-]{40,}/g, '…')
    .trim()
    .slice(0, longest);
