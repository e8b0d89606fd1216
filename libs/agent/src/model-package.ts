/** Loaded at the first model call: an agent that makes none stays small. */
export const loadModelPackage = (): Promise<typeof import('@parley/model')> => import('@parley/model');
