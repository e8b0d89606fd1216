import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { WorkflowDefinition } from '../definition/index.ts';
import { Token } from '../tokens.ts';

/** A definition under its name: numbered from 1, pinned by digest, never changed. */
export const WorkflowVersion = z.object({
  version: z.int().min(1),
  digest: z.string(),
  /** When it was registered, in milliseconds since 1970. */
  at: z.int(),
});
export type WorkflowVersion = z.infer<typeof WorkflowVersion>;

/** What bucket `workflows` holds for a name, oldest first. */
export const WorkflowVersions = z.object({ versions: z.array(WorkflowVersion).min(1) });

/**
 * Stores a definition under its name; answers its digest and version. The newest version again is that version; anything else is a new one. Refused with
 * `definition_invalid` and all `problems`.
 */
export const WorkflowRegister = defineMessage({
  type: 'workflow.register',
  subject: 'parley.v1.workflow.register.{ns}.{workflow}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  performative: 'request',
  why: 'validates and stores a workflow definition',
  body: WorkflowDefinition,
  reply: z.object({ name: Token, digest: z.string(), version: z.int().min(1) }),
});

export const QueryWorkflows = defineMessage({
  type: 'query.workflows',
  subject: 'parley.v1.query.workflows.{ns}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  why: 'the registered workflows of a namespace, each with its newest version',
  body: z.object({}),
  reply: z.object({ workflows: z.array(WorkflowVersion.extend({ name: Token })) }),
});

export const QueryWorkflow = defineMessage({
  type: 'query.workflow',
  subject: 'parley.v1.query.workflow.{ns}',
  delivery: 'request',
  from: ['cli'],
  to: ['conductor'],
  why: 'one registered workflow: its versions, and the definition of one of them',
  body: z.object({ name: Token, version: z.int().min(1).optional() }),
  reply: WorkflowVersion.extend({
    name: Token,
    definition: WorkflowDefinition,
    versions: z.array(WorkflowVersion),
  }),
});
