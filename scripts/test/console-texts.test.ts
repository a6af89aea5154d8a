import { errors, refusals, sigFindings } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { en } from '../../packages/console/src/texts/en.ts';
import { ko } from '../../packages/console/src/texts/ko.ts';
import { koCommands } from '../../packages/console/src/texts/ko-commands.ts';
import { koErrors } from '../../packages/console/src/texts/ko-errors.ts';
import { koRefusals } from '../../packages/console/src/texts/ko-refusals.ts';
import { koUserSig } from '../../packages/console/src/texts/ko-usersig.ts';
import { zh } from '../../packages/console/src/texts/zh.ts';
import { zhCommands } from '../../packages/console/src/texts/zh-commands.ts';
import { zhErrors } from '../../packages/console/src/texts/zh-errors.ts';
import { zhRefusals } from '../../packages/console/src/texts/zh-refusals.ts';
import { zhUserSig } from '../../packages/console/src/texts/zh-usersig.ts';
import { commands } from '../../packages/server/src/commands/index.ts';

const languages = [
  {
    name: 'Korean',
    texts: ko,
    own: /[가-힣]/,
    errors: koErrors,
    refusals: koRefusals,
    sig: koUserSig,
    commands: koCommands,
  },
  {
    name: 'Chinese',
    texts: zh,
    own: /[一-鿿]/,
    errors: zhErrors,
    refusals: zhRefusals,
    sig: zhUserSig,
    commands: zhCommands,
  },
] as const;

const braces = (text: string): readonly string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, word = '']) => word).sort();
/** What stands in backticks, and numbers of errors: the same in every language. */
const fixed = (text: string): readonly string[] => text.match(/`[^`]+`|\b\d{5,6}\b/g) ?? [];

// That none is missing, the compiler checks.
describe.each(languages)('the texts of the console in $name', ({ texts, own, ...more }) => {
  it('fill in the same as the English ones', () => {
    const wrong = Object.entries(en).filter(
      ([name, text]) => braces(text).join() !== braces(texts[name as keyof typeof en]).join(),
    );
    expect(wrong).toEqual([]);
  });

  it('fill in nothing that the server does not send with a refusal or a finding', () => {
    for (const [said, english] of [
      [more.refusals, refusals],
      [more.sig, sigFindings],
    ] as const) {
      for (const [code, text] of Object.entries(said)) {
        const known = new Set(
          braces((english as Readonly<Record<string, { readonly text: string }>>)[code]?.text ?? ''),
        );
        expect([code, braces(text).filter((word) => !known.has(word))]).toEqual([code, []]);
      }
    }
  });

  it('say what each error is in the language itself, with the commands and settings of the English text', () => {
    for (const [name, words] of Object.entries(more.errors)) {
      const { text, cause, fix } = errors[name as keyof typeof errors];
      const english = `${text} ${cause} ${fix}`;
      for (const one of words) expect([name, one]).toEqual([name, expect.stringMatching(own)]);
      for (const word of words.flatMap(fixed)) expect([name, english]).toEqual([name, expect.stringContaining(word)]);
    }
  });

  it('say of each command what the list says, with the same words of the wire', () => {
    for (const { url, summary, description } of commands) {
      const said = more.commands[url as keyof typeof more.commands];
      expect([url, said.summary, said.description]).toEqual([
        url,
        expect.stringMatching(own),
        expect.stringMatching(own),
      ]);
      const words = (text: string): readonly string[] => [...fixed(text)].sort();
      expect([url, words(`${said.summary} ${said.description}`)]).toEqual([url, words(`${summary} ${description}`)]);
    }
  });
});
