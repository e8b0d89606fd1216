import { expect, test } from 'vitest';
import type { ModelRequest } from '../request.ts';
import { toWire, userId } from './to-wire.ts';

const minimal: ModelRequest = { model: 'm', maxTokens: 5, messages: [{ role: 'user', content: 'Hi' }] };

test('a minimal request streams and is cached', () => {
  expect(toWire(minimal)).toEqual({
    model: 'm',
    max_tokens: 5,
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
    cache_control: { type: 'ephemeral' },
  });
});

test('every part of a request reaches the wire under its API name', () => {
  const wire = toWire({
    ...minimal,
    system: 'Be brief.',
    cache: false,
    effort: 'low',
    stopSequences: ['END'],
    outputSchema: { type: 'object' },
    tools: [{ name: 'search', description: 'Find.', inputSchema: { properties: {} }, strict: true }],
    toolChoice: { type: 'tool', name: 'search' },
    parallelTools: false,
    metadata: { runId: 'r', taskId: 't/1', agent: 'a' },
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'tool_use', id: 'u', name: 'search', input: { q: 1 } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', toolUseId: 'u', content: 'none', isError: true }] },
    ],
  });
  expect(wire).toMatchObject({
    system: 'Be brief.',
    stop_sequences: ['END'],
    output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object' } } },
    tools: [{ name: 'search', description: 'Find.', strict: true, input_schema: { type: 'object', properties: {} } }],
    tool_choice: { type: 'tool', name: 'search', disable_parallel_tool_use: true },
    metadata: { user_id: 'a/r/t/1' },
  });
  expect(wire).not.toHaveProperty('cache_control');
  expect(wire.messages[2]).toEqual({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'u', content: 'none', is_error: true }],
  });
});

test('an identifier too long for the API is replaced by a stable hash', () => {
  const long = { agent: 'a'.repeat(128), runId: 'r'.repeat(128), taskId: 't' };
  expect(userId(long)).toMatch(/^[0-9a-f]{64}$/);
  expect(userId(long)).toBe(userId({ ...long }));
});
