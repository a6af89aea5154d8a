import type { en } from './en.ts';

/** All texts of the console; a language that lacks one does not compile. */
export type Texts = { readonly [Name in keyof typeof en]: string };
