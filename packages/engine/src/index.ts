export * from './call.ts';
export * from './effect.ts';
export * from './event.ts';
export { recordOf } from './record.ts';
export { mayJoin } from './rules/enter.ts';
export { type Merge, start } from './start.ts';
export { step } from './step.ts';
