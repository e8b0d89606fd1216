import { defineAgent, defineTool } from '@parley/agent';
import { z } from 'zod';
import { Given, material, prompt } from './reply.ts';

const File = z.object({ path: z.string().min(1).max(200), content: z.string().max(200_000) });
const Files = z.object({ files: z.array(File).min(1).max(50) });

const Case = z.object({ args: z.array(z.json()), expect: z.json() });
const Feature = z.looseObject({
  id: z.string(),
  description: z.string().default(''),
  /** For the stand-in: the body of a function of one expression, and what it must give. */
  module: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .optional(),
  parameters: z.array(z.string().regex(/^[a-z]\w*$/)).optional(),
  expression: z.string().max(500).optional(),
  cases: z.array(Case).max(50).optional(),
});

const INITIALIZE = prompt('initialize_features');
const CODE = prompt('code');

/**
 * A stand-in for writing code where no model can: it wraps the expression that a feature itself states into a module and its cases into a test. It runs nothing
 * and invents nothing; a feature that states no expression it refuses.
 */
export const standInCodeWriter = defineTool({
  name: 'stand_in_code_writer',
  version: '1.0.0',
  description: 'Wraps the expression and the cases of a feature into a module and a test. No code is run.',
  input: z.object({ feature: Feature }),
  output: Files,
  run({ feature: { id, module = id, parameters = [], expression, cases = [] } }) {
    if (expression === undefined) {
      throw new Error(`feature ${id} states no expression; the stand-in writes no code of its own, use a model`);
    }
    const call = (args: readonly unknown[]): string => args.map((arg) => JSON.stringify(arg)).join(', ');
    const tests = cases.map(
      ({ args, expect }, i) =>
        `test('case ${i + 1}', () => assert.deepEqual(run(${call(args)}), ${JSON.stringify(expect)}));`,
    );
    return {
      files: [
        { path: `${module}.mjs`, content: `export const run = (${parameters.join(', ')}) => ${expression};\n` },
        {
          path: `${module}.test.mjs`,
          content: [
            "import assert from 'node:assert/strict';",
            "import { test } from 'node:test';",
            `import { run } from './${module}.mjs';`,
            '',
            ...tests,
            '',
          ].join('\n'),
        },
      ],
    };
  },
});

/** Writes code for one feature at a time. `offline`: there is no model that can, the stand-in takes its place. */
export const createCoder = ({ offline }: { readonly offline: boolean }) =>
  defineAgent({
    name: 'coder',
    version: '1.0.0',
    description: 'Writes the code and the tests of one feature.',
    tools: [standInCodeWriter],
    capabilities: {
      initialize_features: {
        description: 'The features of a request, as a list to be worked off.',
        input: Given,
        output: z.object({ features: z.array(Feature).min(1).max(100) }),
      },
      code: {
        description: 'The files of one feature.',
        input: Given.extend({ feature: Feature }),
        output: Files,
      },
    },
    perform: {
      async initialize_features(given, { chat }) {
        const listed = z.array(Feature).min(1).max(100).safeParse(given['features']);
        if (listed.success) return { features: listed.data };
        const output = z.object({ features: z.array(Feature).min(1).max(100) });
        const answer = await chat('features', { system: INITIALIZE, user: material(given), output });
        return answer.output;
      },
      async code(given, { chat, tool }) {
        if (offline) return tool('write', standInCodeWriter, { feature: given.feature });
        const { output } = await chat('code', {
          system: CODE,
          user: JSON.stringify(given),
          output: Files,
          maxTokens: 16_000,
        });
        return output;
      },
    },
  });
