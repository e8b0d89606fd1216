const realImmediate = setImmediate;

/** Runs `task` once at the end of this turn of the event loop, however often it is asked for. */
export function oncePerTurn(task: () => void): () => void {
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    realImmediate(() => {
      scheduled = false;
      task();
    });
  };
}
