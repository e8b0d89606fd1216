import { describe, expect, test, vi } from 'vitest';
import { boardContract } from './board-contract.ts';
import { createMemoryBoards } from './memory-board.ts';

describe('in-memory board', () => {
  const boards = createMemoryBoards();
  boardContract(
    { test, expect },
    () => boards,
    (check) => vi.waitFor(check),
  );
});
