import type * as ModelPackage from '@parley/model';

/** Loaded at the first model call: an agent that makes none stays small. */
export const loadModelPackage = (): Promise<typeof ModelPackage> => import('@parley/model');
