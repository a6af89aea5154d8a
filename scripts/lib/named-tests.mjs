/** Which tests a file has, read from its syntax tree: what is in comments and in strings beside is none. */
import { parseSync } from 'vite';

/** What makes a test; `fuzzed` is `it` over many inputs. */
const makers = new Set(['it', 'test', 'fuzzed']);
const off = new Set(['skip', 'todo']);

/**
 * The names under which tests run: of tests, of those among the rows of a table, and of groups that hold at least one test. What
 * is always skipped, by itself or with its group, has no name.
 *
 * @param {string} file its name, which tells the language
 * @param {string} source
 * @returns {ReadonlySet<string>}
 */
export function namedTests(file, source) {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  const names = new Set();
  /** Adds what is below a node; says whether a test is there. */
  const walk = (node) => {
    if (Array.isArray(node)) return node.map(walk).includes(true);
    if (node === null || typeof node !== 'object') return false;
    const call = node.type === 'CallExpression' ? callOf(node) : undefined;
    if (call?.isOff) return false;
    const isTest = call !== undefined && makers.has(call.root) && call.name !== undefined;
    const holds = Object.values(node).map(walk).includes(true) || isTest;
    if (call !== undefined && (isTest || (call.root === 'describe' && holds))) {
      for (const name of [call.name, ...(isTest ? call.rows : [])]) if (name !== undefined) names.add(name);
    }
    return holds;
  };
  walk(program);
  return names;
}

/** Of `it.each(rows)('name', …)`: its root `it`, its name, the texts of its rows, and whether it never runs. */
function callOf({ callee, arguments: given }) {
  const words = [];
  const rows = [];
  let at = callee;
  for (;;) {
    if (at.type === 'MemberExpression') {
      words.push(at.property.name);
      at = at.object;
    } else if (at.type === 'CallExpression') {
      rows.push(...textsIn(at.arguments));
      at = at.callee;
    } else break;
  }
  const [first, ...more] = given;
  const says = (property) => off.has(property.key?.name) && property.value?.value === true;
  const isOff =
    words.some((word) => off.has(word)) ||
    more.some((one) => one.type === 'ObjectExpression' && one.properties.some(says)) ||
    ['xit', 'xtest', 'xdescribe'].includes(at.name);
  // `it.each(rows)` by itself names nothing yet.
  const name = words[0] === 'each' && callee.type === 'MemberExpression' ? undefined : textOf(first);
  return { root: at.name, name, rows, isOff };
}

function textOf(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return undefined;
}

/** All texts that stand somewhere below. */
function textsIn(node) {
  if (node === null || typeof node !== 'object') return [];
  const text = textOf(node);
  return text === undefined ? Object.values(node).flatMap(textsIn) : [text];
}
