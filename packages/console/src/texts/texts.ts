import type { ErrorName, RefusalCode, SigFindingCode } from 'ringback-protocol';
import type { CommandExamples } from './command-examples.ts';
import type { en } from './en.ts';

/** All texts of the console; a language that lacks one does not compile. */
export type Texts = { readonly [Name in keyof typeof en]: string };

/** What the settings API refuses; the server itself says it in English. */
export type RefusalTexts = Readonly<Record<RefusalCode, string>>;

/** What can be said of a UserSig; the server itself says it in English. */
export type SigTexts = Readonly<Record<SigFindingCode, string>>;

/** What each error is, why it comes, and what to do. */
export type ErrorTexts = { readonly [Name in ErrorName]: readonly [title: string, cause: string, fix: string] };

/** A sentence on each command, what there is to know of it, and the names of its examples in their order. */
export type CommandTexts = {
  readonly [Path in keyof CommandExamples]: {
    readonly summary: string;
    readonly description: string;
    readonly examples: CommandExamples[Path];
  };
};
