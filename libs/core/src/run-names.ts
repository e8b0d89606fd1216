/** Names that every node of a run sees. */
export const RUN_NAMES = ['input', 'run'] as const;
