export { decide, openEffects } from './decide.ts';
export { evolve, initialState } from './evolve.ts';
