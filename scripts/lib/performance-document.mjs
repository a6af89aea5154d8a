/** What is published of the benchmarks: figures, and the table and the pictures that are made of them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measuredOn, plotsOf, written } from './capacity.mjs';

/** Where the figures are published. */
export const figuresFile = (docs) => join(docs, 'performance-figures.json');

/**
 * The figures that a file keeps: none where it is not there.
 *
 * @param {string} file
 * @returns {Record<string, any>}
 */
export function figuresIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/** Keeps figures as the formatter has them: lists of numbers are one line. */
export function keepFigures(file, figures) {
  const oneLine = (list) => `[${list.slice(1, -1).trim().split(/,\s+/).join(', ')}]`;
  writeFileSync(file, `${JSON.stringify(figures, null, 2).replace(/\[[^[\]{}]+\]/g, oneLine)}\n`);
}

/**
 * Publishes what was measured. What was not stays as it is, with its days, and figures, table and pictures tell the same.
 *
 * @param {string} docs the folder
 * @param {Record<string, any>} measured
 * @param {string} machine what it was measured on, in a sentence
 */
export function publish(docs, measured, machine) {
  const before = figuresIn(figuresFile(docs));
  const figures = { ...before, ...measured, days: { ...before.days, ...measured.days } };
  const plots = plotsOf(figures);
  const file = join(docs, 'performance.md');
  const text = written(readFileSync(file, 'utf8'), {
    figures,
    machine: `${machine} Measured: ${measuredOn(figures.days)}.`,
    plots: Object.keys(plots),
  });
  mkdirSync(join(docs, 'images'), { recursive: true });
  for (const [name, svg] of Object.entries(plots)) writeFileSync(join(docs, 'images', name), svg);
  keepFigures(figuresFile(docs), figures);
  writeFileSync(file, text);
}
