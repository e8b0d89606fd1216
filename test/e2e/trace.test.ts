import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { resultOf } from './demo-result.ts';
import { temporaryFolder } from './folder.ts';
import { type CollectedSpan, startOtlpCollector } from './otlp-collector.ts';
import { run } from './program.ts';

const QUESTION = 'When is a backup of the database made, and how long does a restore of the database take?';
const BACKUP = 'A backup of the database is made every night at two.';
const RESTORE = 'A restore of the database takes about forty minutes.';

test('one trace leads from the submission through every process to the answer, and tells nothing of its content', async () => {
  const collector = await startOtlpCollector();
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const docs = await temporaryFolder();
  await writeFile(join(docs, 'backups.md'), `# Backups\n\n${BACKUP}\n`);
  await writeFile(join(docs, 'restore.md'), `# Restore\n\n${RESTORE}\n`);
  const result = resultOf(
    await run('demo', ['--docs', docs, '--ask', QUESTION, '--json'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    }),
  );
  expect(result.answer).toContain(BACKUP);

  const { spans } = collector;
  const submitted = spans.filter(({ name }) => name === 'submit research');
  expect(submitted).toHaveLength(1);
  const traceId = submitted[0]?.traceId ?? '';
  const ofRun = spans.filter((span) => span.traceId === traceId);

  // It is one tree: whatever is not the submission has its parent in the same trace.
  const ids = new Set(ofRun.map(({ spanId }) => spanId));
  expect(ofRun.filter(({ parentSpanId }) => !ids.has(parentSpanId))).toEqual(submitted);

  const namesOf = (service: string): Set<string> =>
    new Set(ofRun.filter((span) => span.service === service).map(({ name }) => name));
  const everywhere = Map.groupBy(ofRun, ({ service }) => service);
  expect([...everywhere.keys()]).toEqual(
    expect.arrayContaining(['parley', 'parley-conductor', 'parley-router', 'parley-guardian']),
  );
  expect([...namesOf('parley-guardian')]).toEqual(
    expect.arrayContaining(['parley.permit.request', 'parley.permit.settle']),
  );
  const agents = ['planner', 'researcher', 'analyst', 'writer', 'reviewer'];
  for (const agent of agents) expect([...namesOf(`parley-${agent}`)]).toContain(`invoke_agent ${agent}`);
  const models = agents.filter((agent) => namesOf(`parley-${agent}`).has('chat sim-extractive-1'));
  expect(models).toEqual(['planner', 'researcher', 'analyst', 'writer']);
  expect([...namesOf('parley-researcher')]).toContain('execute_tool search_corpus');
  expect([...namesOf('parley-reviewer')]).toContain('execute_tool verify_citations');

  // The attributes have the names of the GenAI conventions.
  const withOperation = (operation: string): CollectedSpan[] =>
    ofRun.filter(({ attributes }) => attributes['gen_ai.operation.name'] === operation);
  for (const { attributes } of withOperation('invoke_agent')) {
    expect(attributes).toMatchObject({
      'gen_ai.agent.name': expect.any(String) as string,
      'parley.run.id': result.runId,
    });
  }
  const chats = withOperation('chat');
  expect(chats.length).toBeGreaterThanOrEqual(8);
  let inputTokens = 0;
  for (const { attributes } of chats) {
    expect(attributes).toMatchObject({
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'sim-extractive-1',
      'gen_ai.response.model': 'sim-extractive-1',
    });
    inputTokens += Number(attributes['gen_ai.usage.input_tokens']);
  }
  expect(inputTokens).toBe(result.tokens.input);
  for (const { attributes } of withOperation('execute_tool')) {
    expect(attributes['gen_ai.tool.name']).toMatch(/^(search_corpus|read_passage|verify_citations)$/);
  }

  // Every decision of the run and every award is told.
  const attributesOf = (name: string) => ofRun.filter((span) => span.name === name).map(({ attributes }) => attributes);
  const decided = attributesOf('parley.decide').filter((attributes) => 'parley.decision.n' in attributes);
  const numbers = new Set(decided.map((attributes) => Number(attributes['parley.decision.n'])));
  expect(numbers.size).toBeGreaterThan(agents.length);
  expect(numbers).toEqual(new Set(Array.from({ length: numbers.size }, (_, i) => i + 1)));
  for (const attributes of decided) {
    expect(attributes).toMatchObject({ 'parley.run.id': result.runId, 'gen_ai.workflow.name': 'research' });
  }
  const awarded = attributesOf('parley.award');
  expect(awarded.length).toBeGreaterThanOrEqual(agents.length);
  for (const attributes of awarded) {
    expect(attributes).toMatchObject({
      'parley.run.id': result.runId,
      'parley.task.attempt': expect.anything() as unknown,
    });
    expect(agents).toContain(attributes['gen_ai.agent.name']);
  }

  // Neither the question, nor the documents, nor the answer.
  for (const text of ['backup', 'restore', 'forty minutes', docs]) expect(collector.text()).not.toContain(text);
});
