/**
 * Merges streams that are read side by side: what comes before all of them have caught up is held and then given in the order of its time
 * (of equal times, in the order of `streams`), everything after that as it comes.
 */
export interface HistoryFirst<S extends string> {
  put(stream: S, at: number, give: () => void): void;
  caughtUp(stream: S): void;
}

export function historyFirst<S extends string>(streams: readonly S[]): HistoryFirst<S> {
  const behind = new Set(streams);
  let held: { rank: number; at: number; give: () => void }[] = [];
  return {
    put(stream, at, give) {
      if (behind.size === 0) give();
      else held.push({ rank: streams.indexOf(stream), at, give });
    },
    caughtUp(stream) {
      if (!behind.delete(stream) || behind.size > 0) return;
      const history = held.toSorted((a, b) => a.at - b.at || a.rank - b.rank);
      held = [];
      for (const { give } of history) give();
    },
  };
}
