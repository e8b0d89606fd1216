export { type GuardianConfig, readConfig } from './config.ts';
export { type Guardian, type GuardianDependencies, startGuardian } from './service.ts';
export { foldUsage, type FoldedLedger, startFold, type UsageEntry } from './ledger-fold.ts';
