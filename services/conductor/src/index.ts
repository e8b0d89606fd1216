export { readConfig } from './config.ts';
export { type ConductorDependencies, startConductor } from './service.ts';
