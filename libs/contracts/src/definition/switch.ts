import { z } from 'zod';
import { base, type BaseDef } from './base.ts';
import type { NodeDef } from './node.ts';
import { AskDef } from './task.ts';
import { Expression } from './template.ts';

/** One way to go on. With a classifier its `label` is compared with the answer, else `when` is looked at. */
export interface SwitchCase {
  when?: Expression | undefined;
  label?: string | undefined;
  node: NodeDef;
}

/**
 * Takes the first case that holds, else `otherwise`; its output is that of the node taken. With `classify` an agent is asked for a `label` first
 * (`{ label, confidence? }`), with `{ input, labels }`; `input` (`/asked` in a template of its own) is the output of the step before or the item, else the run's input. Cases see `/decision`: `{ case, label?, confidence? }`, where `case` is the index, −1 for `otherwise`.
 */
export interface SwitchDef extends BaseDef {
  kind: 'switch';
  classify?: AskDef | undefined;
  cases: SwitchCase[];
  otherwise?: NodeDef | undefined;
}

export const switchDef = (node: z.ZodType<NodeDef>) =>
  z
    .strictObject({
      ...base,
      kind: z.literal('switch'),
      classify: AskDef.optional(),
      cases: z
        .array(z.strictObject({ when: Expression.optional(), label: z.string().min(1).max(128).optional(), node }))
        .min(1)
        .max(100),
      otherwise: node.optional(),
    })
    .refine(
      ({ classify, cases }) =>
        cases.every(({ when, label }) => (classify === undefined ? when !== undefined : label !== undefined)),
      'every case needs a when; with classify, a label',
    );
