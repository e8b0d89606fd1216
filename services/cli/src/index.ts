export { layoutOf, type Layout } from './stack/layout.ts';
export { type Stack, type StackOptions, startStack } from './stack/stack.ts';
export type { ProcessRow, StackState } from './stack/state-file.ts';
export type { DemoResult } from './demo/result.ts';
