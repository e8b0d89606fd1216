import { BoardChanged, type BoardEntry } from '@parley/contracts';
import type { WatchOptions } from './board.ts';
import type { BoardLog, Following } from './board-log.ts';
import { fieldOf } from './board-rebuild.ts';
import { compareRevisions } from './revision.ts';

/** Follows the changes of a board on BOARD, leaving out what is not newer than the change seen of the same entry. */
export async function watchBoard(
  log: BoardLog,
  { ns, board }: { ns: string; board: string },
  regions: readonly string[] | '*',
  onEntry: (entry: BoardEntry, sequence: number) => void,
  options: WatchOptions = {},
): Promise<Following> {
  const only = regions !== '*' && regions.length === 1 ? regions[0] : undefined;
  const wanted = regions === '*' ? undefined : new Set(regions);
  const filter = BoardChanged.filter({ ns, board, ...(only === undefined ? {} : { region: only }) });
  const seen = new Map<string, string>();
  const fromSequence =
    options.fromSequence ?? (options.fromStart === true ? 1 : (await log.streamInfo('BOARD')).lastSequence + 1);
  return log.follow(
    'BOARD',
    filter,
    (messages) => {
      for (const message of messages) {
        const entry = BoardChanged.decode(message.payload);
        if (wanted !== undefined && !wanted.has(entry.region)) continue;
        const field = fieldOf(entry);
        const before = seen.get(field);
        if (before !== undefined && compareRevisions(entry.revision, before) <= 0) continue;
        seen.set(field, entry.revision);
        onEntry(entry, message.sequence);
      }
    },
    { fromSequence },
  );
}
