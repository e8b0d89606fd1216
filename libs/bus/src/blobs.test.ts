import { expect, test } from 'vitest';
import { BlobChunk, CHUNK_BYTES, digestOf, INLINE_BYTES } from '@parley/contracts';
import type { Json } from '@parley/contracts';
import { getBlob, putBlob, spill, unspill } from './blobs.ts';
import { createMemoryBus } from './memory/create.ts';

const content = Uint8Array.from({ length: 3 * CHUNK_BYTES + 17 }, (_, i) => (i * 31) % 251);
const large = { text: 'x'.repeat(INLINE_BYTES) };

test('a blob of several chunks comes back as it was, and is stored once', async () => {
  const bus = createMemoryBus();
  const ref = await putBlob(bus, 'n', 'writer', content, 'text/plain');
  expect(ref).toEqual({
    $blob: { sha256: digestOf(content), by: 'writer', bytes: content.length, type: 'text/plain' },
  });
  expect(await putBlob(bus, 'n', 'writer', content, 'text/plain')).toEqual(ref);
  expect((await bus.streamInfo('BLOBS')).messages).toBe(4);
  expect(Buffer.compare(await getBlob(bus, 'n', ref), content)).toBe(0);
});

test('a blob that is not there, or not what its digest says, is refused', async () => {
  const bus = createMemoryBus();
  const ref = { $blob: { sha256: digestOf('other'), by: 'writer', bytes: 5, type: 'text/plain' } };
  await expect(getBlob(bus, 'n', ref)).rejects.toMatchObject({ code: 'not_found' });
  const subject = BlobChunk.toSubject({ ns: 'n', agent: 'writer', sha256: ref.$blob.sha256, k: '0' });
  await bus.storeOne({ subject, payload: new TextEncoder().encode('wrong'), id: 'x' });
  await expect(getBlob(bus, 'n', ref)).rejects.toMatchObject({ code: 'message_invalid' });
});

test('a reference cannot ask for more than a blob may have', async () => {
  const ref = { $blob: { sha256: digestOf(''), by: 'writer', bytes: 2 ** 50, type: 'text/plain' } };
  await expect(getBlob(createMemoryBus(), 'n', ref)).rejects.toMatchObject({ code: 'payload_too_large' });
  await expect(putBlob(createMemoryBus(), 'n', 'w', new Uint8Array(), 'text/plain')).rejects.toMatchObject({
    code: 'body_required',
  });
});

test('a small value stays, a large one becomes a reference, and is found again anywhere in a value', async () => {
  const bus = createMemoryBus();
  expect(await spill(bus, 'n', 'writer', { small: true })).toEqual({ small: true });
  const ref = await spill(bus, 'n', 'writer', large);
  expect(Object.keys(ref as object)).toEqual(['$blob']);
  const value: Json = { list: [1, { deep: ref }], plain: 'a', none: null };
  expect(await unspill(bus, 'n', value)).toEqual({ list: [1, { deep: large }], plain: 'a', none: null });
  const untouched: Json = { a: [1] };
  expect(await unspill(bus, 'n', untouched)).toBe(untouched);
});

test('blobs within blobs are resolved to a limit, other types stay references', async () => {
  const bus = createMemoryBus();
  let value: Json = large;
  for (let depth = 0; depth < 3; depth++)
    value = await spill(bus, 'n', 'w', { inner: value, pad: 'y'.repeat(INLINE_BYTES) });
  expect(JSON.stringify(await unspill(bus, 'n', value))).toContain(large.text);
  for (let depth = 0; depth < 3; depth++)
    value = await spill(bus, 'n', 'w', { inner: value, pad: 'y'.repeat(INLINE_BYTES) });
  await expect(unspill(bus, 'n', value)).rejects.toMatchObject({ code: 'json_too_deep' });
  const image = await putBlob(bus, 'n', 'w', content, 'image/png');
  expect(await unspill(bus, 'n', { image })).toEqual({ image });
});
