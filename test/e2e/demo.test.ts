import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectVerbatim, resultOf } from './demo-result.ts';
import { temporaryFolder } from './folder.ts';
import { ROOT, run } from './program.ts';

test('the demo answers its own question from the documentation, with quotes that stand in the files', async () => {
  const ended = await run('demo', ['--json']);
  const result = resultOf(ended);
  expect(result).toMatchObject({ status: 'completed', runId: expect.stringMatching(/^r[0-9a-f]{24}$/) as string });
  expect(Object.keys(result).toSorted()).toEqual(
    ['agents', 'answer', 'bids', 'citations', 'costUsd', 'durationMs', 'runId', 'status', 'steps', 'tokens'].toSorted(),
  );
  expect(result.citations.length).toBeGreaterThan(0);
  expect(result.steps).toBeGreaterThan(4);
  expect(result.bids).toBeGreaterThan(0);
  expect(result.agents).toEqual(['analyst', 'planner', 'researcher', 'reviewer', 'writer']);
  expect(result.tokens.input).toBeGreaterThan(0);
  expect(result.durationMs).toBeGreaterThan(0);
  for (const { file, line } of result.citations) expect(result.answer).toContain(`[${file}:${line}]`);
  await expectVerbatim(ROOT, result);
  // Two questions that are asked together go to two agents, and every bid is told with its score.
  expect(ended.stderr).toMatch(/research 1 +researcher won with 2 bids: researcher \d\.\d\d, analyst \d\.\d\d/);
  expect(ended.stderr).toMatch(/research 2 +analyst won with 2 bids: analyst \d\.\d\d, researcher \d\.\d\d/);
  expect(ended.stderr).toMatch(/review +reviewer won with 2 bids: /);
  expect(ended.stderr).toMatch(/tokens, \$\d+\.\d+ so far/);
});

test('without --json people read the answer, its places, the cost and the run id', async () => {
  const docs = await temporaryFolder();
  await writeFile(
    join(docs, 'retries.md'),
    '# Retries\n\nA failed delivery is tried again after two seconds. After five tries it is moved to the dead letters.\n',
  );
  const { code, stdout, stderr } = await run('demo', [
    '--docs',
    docs,
    '--ask',
    'When is a failed delivery tried again?',
  ]);
  expect(code, stderr.slice(-4_000)).toBe(0);
  expect(stdout).toContain('[retries.md:3]');
  expect(stdout).toContain('A failed delivery is tried again after two seconds.');
  expect(stdout).toMatch(/^run r[0-9a-f]{24}: \d+ steps, \d+ bids/m);
  expect(stdout).toMatch(/^cost: .* tokens in, .* out, \$\d/m);
  // The servers are in the cache by now, at the latest from the test before.
  expect(Number(/^ready +\d+ processes in ([\d.]+) s$/m.exec(stderr)?.[1])).toBeLessThanOrEqual(8);
});

test('a question that the documents do not answer is completed with a plain sentence and no citation', async () => {
  const docs = await temporaryFolder();
  await writeFile(join(docs, 'retries.md'), '# Retries\n\nA failed delivery is tried again after two seconds.\n');
  const ask = 'Which moons of Saturn have been photographed by a spacecraft?';
  const result = resultOf(await run('demo', ['--docs', docs, '--ask', ask, '--json']));
  expect(result).toMatchObject({ status: 'completed', citations: [] });
  expect(result.answer).toMatch(/^[^[\]]+\.$/);
  expect(result.answer).not.toMatch(/Saturn('s)? (moon|has)|Titan|Enceladus/);
});

test('a binary and a huge file beside a document are skipped with a line each', async () => {
  const docs = await temporaryFolder();
  await writeFile(join(docs, 'good.md'), 'The service listens on port 4222 of the local machine.\n');
  await writeFile(join(docs, 'binary.txt'), Buffer.from([0, 1, 2, 255, 0]));
  await writeFile(join(docs, 'huge.txt'), Buffer.alloc(50 * 2 ** 20, 'a b '));
  const ended = await run('demo', ['--docs', docs, '--ask', 'On which port does the service listen?', '--json']);
  const result = resultOf(ended);
  expect(result.citations.map(({ file }) => file)).toContain('good.md');
  await expectVerbatim(docs, result);
  expect(ended.stderr).toMatch(/^skipped binary\.txt: binary$/m);
  expect(ended.stderr).toMatch(/^skipped huge\.txt: too large$/m);
});

test('a budget that does not cover the first call ends the run with its reason and code 1', async () => {
  const { code, stdout } = await run('demo', ['--budget-usd', '0.001', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'failed',
    answer: null,
    citations: [],
    costUsd: 0,
    error: { message: expect.stringContaining('1000 micro-USD') as string },
  });
});

test('a run that takes too long is given up', async () => {
  const { code, stderr } = await run('demo', ['--timeout', '0.05']);
  expect(code).toBe(69);
  expect(stderr).toMatch(
    /^parley: --timeout "0\.05 s": run r[0-9a-f]+ has not ended in this time; give it more time$/m,
  );
});
