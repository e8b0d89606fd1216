import type { BoardEntry } from '@parley/contracts';
import type * as Vitest from 'vitest';
import { type Board, type Boards, MAX_VALUE_BYTES, type WriteEntry } from './board.ts';

type Tools = Pick<typeof Vitest, 'test' | 'expect'>;

/** The same suite for every adapter of the board port. `open` gives fresh boards; `until` retries a check until it passes. */
export function boardContract(
  { test, expect }: Tools,
  boards: () => Boards,
  until: (check: () => void) => Promise<unknown>,
): void {
  const open = (): Promise<Board> => boards().open('contract', `b-${crypto.randomUUID()}`);
  const fact = (key: string, change: Partial<WriteEntry> = {}): WriteEntry => ({
    region: 'facts',
    key,
    value: { text: key },
    author: 'researcher',
    confidence: 0.5,
    ...change,
  });

  test('an entry is read back with where it comes from', async () => {
    await using board = await open();
    const { revision, sequence } = await board.write(
      fact('sky', { task: 'r1-0', value: [1, { deep: [] }, 'ü', null, 1e21] }),
    );
    expect(await board.read('facts', 'sky')).toEqual({
      region: 'facts',
      key: 'sky',
      revision,
      value: [1, { deep: [] }, 'ü', null, 1e21],
      author: 'researcher',
      task: 'r1-0',
      confidence: 0.5,
      deleted: false,
    });
    expect(sequence).toBeGreaterThan(0);
    expect(await board.read('facts', 'sea')).toBeUndefined();
    expect(await board.read('goals', 'sky')).toBeUndefined();
  });

  test('the entries of a region are listed by key, those of others are not', async () => {
    await using board = await open();
    await Promise.all([board.write(fact('b')), board.write(fact('a')), board.write(fact('c', { region: 'goals' }))]);
    expect((await board.list('facts')).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('two boards do not see each other', async () => {
    await using one = await open();
    await using other = await open();
    await one.write(fact('sky'));
    expect(await other.read('facts', 'sky')).toBeUndefined();
  });

  test('of writers that expect the same revision exactly one wins and the others learn the current one', async () => {
    await using board = await open();
    const first = await board.write(fact('sky', { expect: 'absent' }));
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => board.write(fact('sky', { value: n, expect: first.revision }))),
    );
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    const current = won[0]?.value.revision;
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'BoardConflict', current });
    }
    expect((await board.read('facts', 'sky'))?.revision).toBe(current);
  });

  test('a write that expects nothing fails on an entry and passes once it is deleted', async () => {
    await using board = await open();
    const { revision } = await board.write(fact('sky'));
    await expect(board.write(fact('sky', { expect: 'absent' }))).rejects.toMatchObject({
      code: 'conflict',
      current: revision,
    });
    await board.delete({ region: 'facts', key: 'sky', author: 'analyst', expect: revision });
    expect(await board.read('facts', 'sky')).toBeUndefined();
    expect(await board.list('facts')).toEqual([]);
    await expect(board.write(fact('sky', { expect: revision }))).rejects.toMatchObject({
      code: 'conflict',
      current: undefined,
    });
    await board.write(fact('sky', { expect: 'absent' }));
  });

  test('the same operation is applied once', async () => {
    await using board = await open();
    const first = await board.write(fact('sky', { value: 1, operation: 'op-1' }));
    await board.write(fact('sky', { value: 2 }));
    expect(await board.write(fact('sky', { value: 1, operation: 'op-1' }))).toEqual(first);
    expect((await board.read('facts', 'sky'))?.value).toBe(2);
  });

  test('an entry is gone when its time is over', async () => {
    await using board = await open();
    await board.write(fact('sky', { ttlMs: 30 }));
    const deadline = performance.now() + 5_000;
    while ((await board.read('facts', 'sky')) !== undefined) expect(performance.now()).toBeLessThan(deadline);
    expect(await board.list('facts')).toEqual([]);
    await board.write(fact('sky', { expect: 'absent' }));
  });

  test('a watcher gets every change of its regions in order, and one from the start also those before it', async () => {
    await using board = await open();
    const before = await board.write(fact('early'));
    const live: [BoardEntry, number][] = [];
    const all: BoardEntry[] = [];
    await using _live = await board.watch(['facts'], (entry, sequence) => live.push([entry, sequence]));
    await using _all = await board.watch('*', (entry) => all.push(entry), { fromStart: true });
    const written = [];
    for (let n = 0; n < 20; n++) written.push(await board.write(fact(`k${n % 3}`, { value: n })));
    await board.write(fact('other', { region: 'goals' }));
    const gone = await board.delete({ region: 'facts', key: 'k0', author: 'analyst' });
    await until(() => expect(live).toHaveLength(21));
    await until(() => expect(all).toHaveLength(23));
    expect(live.map(([entry, sequence]) => ({ revision: entry.revision, sequence }))).toEqual([...written, gone]);
    expect(live.at(-1)?.[0].deleted).toBe(true);
    expect(all[0]?.revision).toBe(before.revision);
  });

  test('a bad entry is refused by name', async () => {
    await using board = await open();
    const refused = async (change: Partial<WriteEntry>, error: object): Promise<void> => {
      await expect(board.write(fact('sky', change))).rejects.toMatchObject(error);
    };
    await refused({ value: 'x'.repeat(MAX_VALUE_BYTES) }, { code: 'payload_too_large' });
    await refused({ key: '../x' }, { code: 'message_invalid', field: '/key' });
    await refused({ key: 'a*' }, { code: 'message_invalid', field: '/key' });
    await refused({ key: 'k'.repeat(1_024) }, { code: 'message_invalid', field: '/key' });
    await refused({ region: '' }, { code: 'message_invalid', field: '/region' });
    await refused({ confidence: 2 }, { code: 'message_invalid', field: '/confidence' });
    await refused({ confidence: Number.NaN }, { code: 'message_invalid', field: '/confidence' });
    await refused({ ttlMs: 0 }, { code: 'message_invalid', field: '/ttlMs' });
    await refused({ expect: '-1' }, { code: 'message_invalid', field: '/expect' });
    await refused({ expect: `1.${2 ** 53}` }, { code: 'conflict' });
    expect(await board.read('facts', 'sky')).toBeUndefined();
    await expect(boards().open('contract', 'a.b')).rejects.toMatchObject({ code: 'message_invalid', field: '/board' });
    await expect(board.list('*')).rejects.toMatchObject({ code: 'message_invalid' });
  });
}
