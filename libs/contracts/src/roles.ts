/** Who may publish or subscribe. Permissions are generated from these and the message declarations. */
export const ROLES = ['submitter', 'cli', 'conductor', 'router', 'guardian', 'agent'] as const;

export type Role = (typeof ROLES)[number];
