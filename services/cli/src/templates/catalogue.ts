import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, WorkflowDefinition } from '@parley/contracts';
import { readWorkflow } from '@parley/workflow';
import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { PROJECT_ROOT } from '../stack/layout.ts';

/** A workflow to start from, with an input to try it on. */
export interface Template {
  readonly name: string;
  readonly definition: WorkflowDefinition;
  readonly input: Json;
  /** Of the workflow, below the project's root. */
  readonly file: string;
  /** An agent that is created for the run and deleted after it: the path of its file. */
  readonly agentFile?: string;
}

const FOLDER = 'workflows/templates';

/** The research job of the demo is a template too: it answers from the documents of the stack. */
const RESEARCH = { file: 'workflows/research.yaml', input: { question: 'How is a task awarded?' } };

/** All templates, by name. */
export function readTemplates(): Template[] {
  const folders = readdirSync(join(PROJECT_ROOT, FOLDER)).toSorted();
  const templates = folders.map((folder): Template => {
    const path = (name: string): string => join(FOLDER, folder, name);
    const agentFile = join(PROJECT_ROOT, path('agent.md'));
    const input = JSON.parse(readFileSync(join(PROJECT_ROOT, path('input.json')), 'utf8')) as Json;
    return { ...read(path('workflow.yaml')), input, ...(existsSync(agentFile) ? { agentFile } : {}) };
  });
  return [...templates, { ...read(RESEARCH.file), input: RESEARCH.input }];
}

function read(file: string): Pick<Template, 'name' | 'definition' | 'file'> {
  const { definition } = readWorkflow(readFileSync(join(PROJECT_ROOT, file), 'utf8'), file);
  return { name: definition.name, definition, file };
}

/** The templates of these names. Throws `CliError` for one that does not exist. */
export function chooseTemplates(names: readonly string[], all: boolean): Template[] {
  const templates = readTemplates();
  if (all) return templates;
  return names.map((name) => {
    const found = templates.find((template) => template.name === name);
    if (found !== undefined) return found;
    throw new CliError({
      exit: EXIT.noInput,
      code: 'template_unknown',
      field: 'template',
      value: name,
      message: 'does not exist',
      fix: `choose from ${templates.map((template) => template.name).join(', ')}`,
    });
  });
}
