export {
  type Board,
  type Boards,
  type DeleteEntry,
  type Expectation,
  MAX_VALUE_BYTES,
  type WatchOptions,
  type WriteEntry,
  type Written,
} from './board.ts';
export { boardContract } from './board-contract.ts';
export type { BoardLog, Following, LogMessage } from './board-log.ts';
export { BoardConflict, StoreUnavailable } from './errors.ts';
export { ledgerGenerationKeys, ledgerKeys, registryKeys } from './keys.ts';
export { createMemoryBoards } from './memory-board.ts';
export { connectRedis, type RedisRole, type RedisStore } from './redis.ts';
export { createRedisBoards, type RedisBoardsOptions } from './redis-board.ts';
export { type BoardRelay, type BoardRelayOptions, startBoardRelay } from './relay.ts';
export { compareRevisions } from './revision.ts';
export { defineScript, LUA_NOW, type Script } from './script.ts';
export { REGISTER } from './board-scripts.ts';
