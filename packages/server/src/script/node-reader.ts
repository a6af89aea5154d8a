import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { didYouMean } from '../config/nearest.ts';
import { durationRule, parseDuration } from './duration.ts';

/** A mistake in a script, with its line and place. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** Bytes of a script, and values in it: aliases count as often as they are used. */
const largest = 1_048_576;
const mostValues = 50_000;

/** A value of the script, and where it is: `users.bob.devices`. */
export interface Place {
  readonly node: Node | null;
  readonly path: string;
}

/** Reads YAML (JSON is YAML) value by value, so that each mistake can be told with its line. */
export class NodeReader {
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  readonly #file: string;
  #values = 0;

  /** `file` names the script in errors. Throws `ScriptError`. */
  constructor(text: string, file: string) {
    this.#file = file;
    if (text.length > largest) throw new ScriptError(`${file} is larger than ${largest} bytes.`);
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const [problem] = this.#document.errors;
    if (problem !== undefined) {
      const { line } = this.#lines.linePos(problem.pos[0]);
      throw new ScriptError(`${file}:${line}: this is not YAML: ${problem.message}`);
    }
  }

  get root(): Place {
    return { node: this.#document.contents, path: '' };
  }

  /** Throws, with file, line and place. */
  fail({ node, path }: Place, sentence: string): never {
    const line = node?.range == null ? '' : `:${this.#lines.linePos(node.range[0]).line}`;
    throw new ScriptError(`${this.#file}${line}: ${path === '' ? '' : `${path}: `}${sentence}`);
  }

  /** The members of a mapping. A key that is not `known` is an error; without `known` any will do. */
  members(place: Place, known?: readonly string[]): ReadonlyMap<string, Place> {
    const node = this.#resolved(place);
    const found = new Map<string, Place>();
    if (isEmpty(node)) return found;
    if (!isMap(node))
      this.fail(place, `this must be a mapping${known === undefined ? '' : ` of ${known.join(', ')}`}.`);
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const at = { node: (value ?? key) as Node, path: join(place.path, name) };
      if (name === '' || !isScalar(key)) this.fail({ node: key as Node, path: place.path }, 'a key must be a word.');
      if (known !== undefined && !known.includes(name)) {
        const where = { node: key as Node, path: at.path };
        this.fail(where, `it is not known here.${didYouMean(name, known)} Allowed: ${known.join(', ')}.`);
      }
      found.set(name, { node: value as Node | null, path: at.path });
    }
    return found;
  }

  /** The entries of a list; something that is no list is a list of one. */
  entries(place: Place, most: number): readonly Place[] {
    const node = this.#resolved(place);
    if (isEmpty(node)) return [];
    if (!isSeq(node)) return [place];
    if (node.items.length > most) this.fail(place, `these are more than ${most}.`);
    return node.items.map((item, index) => ({ node: item as Node, path: `${place.path}[${index}]` }));
  }

  isFlag(place: Place): boolean {
    const node = this.#resolved(place);
    return isScalar(node) && typeof node.value === 'boolean';
  }

  isMapping(place: Place): boolean {
    return isMap(this.#resolved(place));
  }

  text(place: Place, rule: string, fits: (text: string) => boolean = (text) => text !== ''): string {
    const node = this.#resolved(place);
    const value = isScalar(node) ? node.value : undefined;
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    if (!fits(text)) this.fail(place, `${shown(value)} is not ${rule}.`);
    return text;
  }

  word<const Word extends string>(place: Place, words: readonly Word[], kind: string): Word {
    const text = this.text(place, `${kind}: ${words.join(', ')}`);
    const found = words.find((word) => word === text);
    if (found === undefined) {
      this.fail(place, `"${text}" is not ${kind}.${didYouMean(text, words)} Allowed: ${words.join(', ')}.`);
    }
    return found;
  }

  duration(place: Place): number {
    const text = this.text(place, durationRule);
    return parseDuration(text) ?? this.fail(place, `"${text}" is not ${durationRule}.`);
  }

  number(place: Place, { least, most, whole = true }: { least: number; most: number; whole?: boolean }): number {
    const node = this.#resolved(place);
    const value = isScalar(node) ? node.value : undefined;
    const fits = typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
    if (!fits) this.fail(place, `${shown(value)} is not a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
    return value;
  }

  flag(place: Place): boolean {
    const node = this.#resolved(place);
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value !== 'boolean') this.fail(place, `${shown(value)} is not true or false.`);
    return value;
  }

  /** A scalar as it would be written on a command line. */
  scalar(place: Place): string {
    const node = this.#resolved(place);
    if (isSeq(node))
      return this.entries(place, 100)
        .map((one) => this.scalar(one))
        .join(',');
    if (!isScalar(node) || typeof node.value === 'object')
      this.fail(place, 'this must be one value, or a list of them.');
    return String(node.value);
  }

  /** Follows an alias. Each look counts, so that aliases of aliases come to an end. */
  #resolved(place: Place): Node | null | undefined {
    this.#values += 1;
    if (this.#values > mostValues) this.fail(place, `the script has more than ${mostValues} values, aliases followed.`);
    const { node } = place;
    if (!isAlias(node)) return node;
    let target: Node | undefined;
    try {
      target = node.resolve(this.#document);
    } catch {
      target = undefined;
    }
    if (target === undefined || isAlias(target)) this.fail(place, 'there is nothing of this name before.');
    return target;
  }
}

const isEmpty = (node: Node | null | undefined): node is null | undefined =>
  node === null || node === undefined || (isScalar(node) && node.value === null);

const shown = (value: unknown): string => (value === undefined ? 'this' : JSON.stringify(value)?.slice(0, 80));

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
