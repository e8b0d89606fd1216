import { expect, test } from 'vitest';
import type { BrainReply } from '../brain.ts';
import type { Block, MessagesRequest, Tool } from '../request.ts';
import { createExtractiveBrain, NOT_FOUND } from './extractive-brain.ts';

const CORPUS: Record<string, string> = {
  'router.md': [
    '# Router',
    '',
    'The router announces every task to the agents that can do it.',
    'Each agent answers with a bid, and the router awards the task to the bid with the best',
    'weighted score. Ties are broken by the agent id.',
    '',
    'A bid that arrives after the deadline is ignored.',
  ].join('\n'),
  'guardian.md': [
    '# Guardian',
    '',
    'Before every model call an agent asks the guardian for a permit.',
    'The guardian reserves the budget in Redis, so that parallel agents never overspend.',
    'When the guardian is down no permit is granted and no call is made.',
  ].join('\n'),
  'kitchen.md': 'The kitchen opens at nine. Coffee is free for everyone. The capital was raised in May.',
};

const SEARCH: Tool = {
  name: 'search_corpus',
  input_schema: {
    type: 'object',
    properties: { query: { type: 'string' }, limit: { type: 'integer' } },
    required: ['query'],
  },
};
const READ: Tool = {
  name: 'read_passage',
  input_schema: {
    type: 'object',
    properties: { file: { type: 'string' }, startLine: { type: 'integer' }, endLine: { type: 'integer' } },
    required: ['file', 'startLine'],
  },
};
const ANSWER = {
  type: 'object',
  properties: {
    answered: { type: 'boolean' },
    answer: { type: 'string' },
    confidence: { type: 'number', minimum: 0, maximum: 1 },
    citations: {
      type: 'array',
      maxItems: 3,
      items: {
        type: 'object',
        properties: { file: { type: 'string' }, line: { type: 'integer' }, quote: { type: 'string' } },
        required: ['file', 'line', 'quote'],
      },
    },
  },
  required: ['answered', 'answer', 'confidence', 'citations'],
};

interface Answer {
  answered: boolean;
  answer: string;
  confidence: number;
  citations: { file: string; line: number; quote: string }[];
}

const brain = createExtractiveBrain();

function request(content: string, rest: Partial<MessagesRequest> = {}): MessagesRequest {
  return { model: 'sim-extractive-1', max_tokens: 1_000, messages: [{ role: 'user', content }], ...rest };
}

const format = (schema: Record<string, unknown>): Partial<MessagesRequest> => ({
  output_config: { format: { type: 'json_schema', schema } },
});

function json(reply: BrainReply): unknown {
  const [block] = reply.content;
  if (block?.type !== 'text') throw new Error(`no text but ${JSON.stringify(reply)}`);
  return JSON.parse(block.text);
}

/** Runs the tools over the corpus: every paragraph with any of the query's longer words is a hit. */
function runTool(name: string, input: Record<string, unknown>): unknown {
  if (name === READ.name) {
    const file = String(input['file']);
    const startLine = Number(input['startLine']);
    const lines = (CORPUS[file] ?? '').split('\n').slice(startLine - 1, startLine + 5);
    return { file, startLine, endLine: startLine + lines.length - 1, text: lines.join('\n') };
  }
  const words =
    String(input['query'])
      .toLowerCase()
      .match(/[a-z]{4,}/g) ?? [];
  const results = Object.entries(CORPUS).flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index) => {
      const score = words.filter((word) => line.toLowerCase().includes(word.slice(0, 6))).length;
      return score === 0 ? [] : [{ file, line: index + 1, text: line, score }];
    }),
  );
  return { results: results.toSorted((a, b) => b.score - a.score).slice(0, 6) };
}

/** Plays the tool loop to its end and returns the calls of every turn and the last reply. */
function play(start: MessagesRequest): { turns: { name: string; input: unknown }[][]; last: BrainReply } {
  const turns: { name: string; input: unknown }[][] = [];
  const messages = [...start.messages];
  for (;;) {
    const reply = brain({ ...start, messages });
    const calls = reply.content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
    if (calls.length === 0) return { turns, last: reply };
    if (turns.length > 10) throw new Error('the loop does not end');
    const id = (index: number): string => `t${turns.length}_${index}`;
    messages.push({ role: 'assistant', content: calls.map((call, index): Block => ({ ...call, id: id(index) })) });
    messages.push({
      role: 'user',
      content: calls.map((call, index): Block => ({
        type: 'tool_result',
        tool_use_id: id(index),
        content: JSON.stringify(runTool(call.name, call.input as Record<string, unknown>)),
      })),
    });
    turns.push(calls.map(({ name, input }) => ({ name, input })));
  }
}

const ask = (question: string): Answer =>
  json(play(request(JSON.stringify({ question }), { tools: [SEARCH, READ], ...format(ANSWER) })).last) as Answer;

test('a question is answered in a tool loop: search, read the best hits, finish', () => {
  const { turns, last } = play(
    request('Question: How does the router award a task to a bid?', { tools: [SEARCH, READ], ...format(ANSWER) }),
  );
  expect(turns[0]).toEqual([{ name: 'search_corpus', input: { query: 'How does the router award a task to a bid?' } }]);
  expect(turns[1]?.every(({ name }) => name === 'read_passage')).toBe(true);
  expect(turns.flat().length).toBeLessThanOrEqual(6);
  const answer = json(last) as Answer;
  expect(answer.answered).toBe(true);
  expect(answer.citations[0]).toEqual({
    file: 'router.md',
    line: 4,
    quote: 'Each agent answers with a bid, and the router awards the task to the bid with the best\nweighted score.',
  });
  expect(answer.confidence).toBeGreaterThan(0.5);
});

test('every quote stands verbatim in its file at its line, and the answer is made of quotable sentences', () => {
  for (const question of [
    'What does an agent need before a model call?',
    'How are ties between bids broken?',
    'What is the guardian?',
  ]) {
    const { answered, answer, citations } = ask(question);
    expect(answered, question).toBe(true);
    for (const { file, line, quote } of citations) {
      expect(
        CORPUS[file]
          ?.split('\n')
          .slice(line - 1)
          .join('\n')
          .startsWith(quote) || CORPUS[file]?.includes(quote),
      ).toBe(true);
      expect(CORPUS[file]?.split('\n')[line - 1]).toContain(quote.split('\n')[0]);
    }
    expect(Object.values(CORPUS).some((text) => text.includes(answer.split(/(?<=\.) /)[0] ?? ''))).toBe(true);
  }
});

test.each([
  'What is the capital of France?',
  'Who won the 1998 football world cup?',
  'How does the router encrypt passwords with bcrypt?',
  'Which colour does the Kraken have?',
])('"%s" is not answered by documents that do not', (question) => {
  const answer = ask(question);
  expect(answer).toMatchObject({ answered: false, answer: NOT_FOUND, citations: [] });
  expect(answer.confidence).toBeLessThan(0.5);
});

test('a question of two parts is searched once per part, in parallel unless that is forbidden', () => {
  const question = 'How does the router break ties and what happens when the guardian is down?';
  const searches = (choice?: MessagesRequest['tool_choice']): unknown[] =>
    brain(request(question, { tools: [SEARCH], ...(choice ? { tool_choice: choice } : {}) })).content;
  expect(searches()).toHaveLength(2);
  expect(searches({ type: 'auto', disable_parallel_tool_use: true })).toHaveLength(1);
});

test('the loop ends after its bound even when every call brings something new', () => {
  const bounded = createExtractiveBrain({ maxToolTurns: 0 });
  expect(bounded(request('What is a bid?', { tools: [SEARCH] })).stopReason).toBe('end_turn');
});

test('no tool is called when none may be, and a forced one always is', () => {
  expect(brain(request('What is a bid?', { tools: [SEARCH], tool_choice: { type: 'none' } })).stopReason).toBe(
    'end_turn',
  );
  const submit: Tool = { name: 'submit', input_schema: { type: 'object', properties: ANSWER.properties } };
  const forced = brain(request('What is a bid?', { tools: [submit], tool_choice: { type: 'tool', name: 'submit' } }));
  expect(forced.content).toEqual([
    { type: 'tool_use', name: 'submit', input: { answered: false, answer: NOT_FOUND, confidence: 0, citations: [] } },
  ]);
});

test('a failed tool call is not repeated and is no evidence', () => {
  const question = 'What is a bid?';
  const messages: MessagesRequest['messages'] = [
    { role: 'user', content: question },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'search_corpus', input: { query: question } }] },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 't', content: 'A bid is a failure.', is_error: true }],
    },
  ];
  const reply = brain({ ...request(question, { tools: [SEARCH] }), messages });
  expect(reply).toMatchObject({ stopReason: 'end_turn', content: [{ text: NOT_FOUND }] });
});

test('the same request always gets the same answer', () => {
  expect(ask('How are ties between bids broken?')).toEqual(ask('How are ties between bids broken?'));
});

test('sentences with their own lines keep them, in any nesting and under any field names', () => {
  const data = {
    question: 'When is a bid ignored?',
    material: {
      hits: [
        {
          path: 'r.md',
          startLine: 1,
          text: 'x',
          sentences: [{ line: 7, text: 'A bid after the deadline is ignored.' }],
        },
      ],
    },
  };
  const schema = {
    type: 'object',
    properties: {
      best: {
        type: 'array',
        items: {
          type: 'object',
          properties: { source: { type: 'string' }, lineNumber: { type: 'integer' }, claim: { type: 'string' } },
        },
      },
    },
  };
  expect(json(brain(request(`Use this:\n${JSON.stringify(data)}`, format(schema))))).toEqual({
    best: [{ source: 'r.md', lineNumber: 7, claim: 'A bid after the deadline is ignored.' }],
  });
});

test('what earlier steps found is merged, and what they left open stays a gap', () => {
  const data = {
    question: 'How are tasks awarded and what happens when an agent dies?',
    findings: [
      {
        question: 'How are tasks awarded?',
        answered: true,
        quotes: [{ file: 'a.md', line: 1, quote: 'The best bid gets the task.' }],
      },
      {
        question: 'What happens when an agent dies?',
        answered: true,
        quotes: [{ file: 'b.md', line: 2, quote: 'Its work is redelivered.' }],
      },
      { question: 'Who pays?', answered: false, text: NOT_FOUND, quotes: [] },
    ],
  };
  const schema = {
    type: 'object',
    properties: {
      answer: { type: 'string', description: 'With [file:line] after each sentence.' },
      gaps: { type: 'array', items: { type: 'string' } },
    },
  };
  expect(json(brain(request(JSON.stringify(data), format(schema))))).toEqual({
    answer: 'The best bid gets the task. [a.md:1] Its work is redelivered. [b.md:2]',
    gaps: ['Who pays?'],
  });
});

test('a verdict follows the checks that were reported', () => {
  const schema = {
    type: 'object',
    properties: { verdict: { enum: ['VALID', 'INVALID'] }, valid: { type: 'boolean' } },
  };
  const review = (rest: object): unknown =>
    json(brain(request(JSON.stringify({ question: 'How are bids scored?', ...rest }), format(schema))));
  const citation = { file: 'a.md', line: 1, quote: 'Bids are scored by cost.' };
  expect(review({ citations: [{ ...citation, ok: true }] })).toEqual({ verdict: 'VALID', valid: true });
  expect(
    review({
      citations: [
        { ...citation, ok: true },
        { ...citation, ok: false },
      ],
    }),
  ).toEqual({ verdict: 'INVALID', valid: false });
  expect(review({ answered: false, citations: [] })).toEqual({ verdict: 'VALID', valid: true });
  expect(review({ citations: [] })).toEqual({ verdict: 'INVALID', valid: false });
});

test('a checking tool gets the citations the user gave, with the fields it knows', () => {
  const verify: Tool = {
    name: 'verify_citations',
    input_schema: {
      type: 'object',
      properties: {
        citations: {
          type: 'array',
          items: {
            type: 'object',
            properties: { file: { type: 'string' }, line: { type: 'integer' }, quote: { type: 'string' } },
          },
        },
      },
      required: ['citations'],
    },
  };
  const citations = [{ file: 'a.md', line: 1, quote: 'One.', note: 'mine' }];
  const reply = brain(request(JSON.stringify({ question: 'What is one?', citations }), { tools: [verify] }));
  expect(reply.content).toEqual([
    { type: 'tool_use', name: 'verify_citations', input: { citations: [{ file: 'a.md', line: 1, quote: 'One.' }] } },
  ]);
});

test('schemas with references, variants, nullables, constants and limits are filled to fit', () => {
  const schema = {
    $defs: {
      quote: {
        type: 'object',
        properties: { quote: { type: 'string' }, file: { type: ['string', 'null'] } },
        required: ['quote'],
      },
    },
    type: 'object',
    properties: {
      version: { const: 2 },
      best: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/quote' }] },
      level: { enum: ['high', 'medium', 'low'] },
      missing: { type: 'boolean' },
      percent: { type: 'integer', minimum: 0, maximum: 100, description: 'n/a' },
      score: { type: 'number', minimum: 0, maximum: 100 },
      short: { type: 'string', maxLength: 10 },
      facts: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 },
      files: { type: 'array', items: { type: 'string' } },
      keywords: { type: 'array', items: { type: 'string' } },
    },
    required: ['version', 'best', 'level', 'missing', 'percent', 'score', 'short', 'facts', 'files', 'keywords'],
  };
  const passages = [
    {
      file: 'g.md',
      line: 3,
      text: 'The guardian reserves the budget of a run. It lives in Redis. The guardian grants permits.',
    },
  ];
  expect(
    json(brain(request(JSON.stringify({ question: 'What does the guardian reserve?', passages }), format(schema)))),
  ).toEqual({
    version: 2,
    best: { quote: 'The guardian reserves the budget of a run.', file: 'g.md' },
    level: 'high',
    missing: false,
    percent: 0,
    score: expect.any(Number),
    short: 'The guardi',
    facts: ['The guardian reserves the budget of a run.', 'The guardian grants permits.'],
    files: ['g.md'],
    keywords: ['guardian', 'reserve'],
  });
  expect(json(brain(request(JSON.stringify({ question: 'Who sings?', passages }), format(schema))))).toMatchObject({
    best: null,
    level: 'low',
    missing: true,
    facts: [],
    files: [],
  });
});

test('plain text is answered from the text around the question', () => {
  const reply = brain(
    request('Tasks are retried three times. The sky is blue.\n\nQuestion: How often are tasks retried?'),
  );
  expect(reply.content).toEqual([{ type: 'text', text: 'Tasks are retried three times.' }]);
});

test('a repair turn does not change what is asked', () => {
  const first = request(
    JSON.stringify({
      question: 'When is a bid ignored?',
      hits: [{ file: 'r.md', line: 1, text: 'A late bid is ignored.' }],
    }),
    format(ANSWER),
  );
  const again: MessagesRequest = {
    ...first,
    messages: [
      ...first.messages,
      { role: 'assistant', content: 'oops' },
      {
        role: 'user',
        content: 'Your answer does not fit the requested structure:\nnot JSON\nGive the whole answer again.',
      },
    ],
  };
  expect(json(brain(again))).toEqual(json(brain(first)));
});

test('ten thousand sentences are ranked before the test runs out of time', () => {
  const results = Array.from({ length: 2_000 }, (_, index) => ({
    file: `f${index % 50}.md`,
    line: index,
    text: 'The first fact. A second one about bids. The third has words. Fourth of them. Fifth.',
  }));
  const answer = brain(
    request(JSON.stringify({ question: 'How are bids scored by the router?', results }), format(ANSWER)),
  );
  expect(JSON.stringify(json(answer))).toContain('"answered":');
});
