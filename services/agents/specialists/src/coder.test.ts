import { performOnce } from '@parley/agent/testing';
import { expect, test } from 'vitest';
import { createCoder } from './coder.ts';

const coder = createCoder({ offline: true });

test('without a model the stand-in wraps what the feature itself states', async () => {
  const feature = {
    id: 'add',
    module: 'add',
    parameters: ['a', 'b'],
    expression: 'a + b',
    cases: [{ args: [1, 2], expect: 3 }],
  };
  const { files } = await performOnce(coder, 'code', { feature });
  expect(files).toEqual([
    { path: 'add.mjs', content: 'export const run = (a, b) => a + b;\n' },
    {
      path: 'add.test.mjs',
      content: [
        "import assert from 'node:assert/strict';",
        "import { test } from 'node:test';",
        "import { run } from './add.mjs';",
        '',
        "test('case 1', () => assert.deepEqual(run(1, 2), 3));",
        '',
      ].join('\n'),
    },
  ]);
});

test('a feature that states no expression is refused: the stand-in invents no code', async () => {
  await expect(performOnce(coder, 'code', { feature: { id: 'think' } })).rejects.toMatchObject({ code: 'tool_error' });
});

test('features that are listed already are taken as they are', async () => {
  const features = [{ id: 'a', description: 'does a' }];
  await expect(performOnce(coder, 'initialize_features', { features })).resolves.toEqual({ features });
});
