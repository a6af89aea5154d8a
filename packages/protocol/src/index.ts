export * from './bounds.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './refusal.ts';
export * from './text.ts';
export * from './vocabulary.ts';
