/** Names this process among the replicas of its service: 8 random hex digits, new at every start; not a credential. */
export const instanceId: string = crypto.randomUUID().slice(0, 8);
