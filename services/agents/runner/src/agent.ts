import { dirname } from 'node:path';
import { defineAgent, TerminalError } from '@parley/agent';
import { RUN_COMMAND, RUNNER_AGENT } from '@parley/contracts';
import { z } from 'zod';
import { allowed, type Commands } from './allow-list.ts';
import { runProcess, TAIL_BYTES } from './run-process.ts';
import { checkInside, openWorkspace, writeFiles } from './workspace.ts';

const MAX_FILES_BYTES = 1_048_576;

const Files = z
  .array(z.object({ path: z.string().min(1).max(400), content: z.string().nullable() }))
  .max(200)
  .refine(
    (files) => files.reduce((sum, { content }) => sum + Buffer.byteLength(content ?? ''), 0) <= MAX_FILES_BYTES,
    `must have at most ${MAX_FILES_BYTES} bytes together`,
  );

/** A folder inside that of the run; left out, that folder itself. */
const Workspace = z.string().min(1).max(400).optional();

const RunCommand = z.object({
  run: z.array(z.string().min(1).max(4_096)).min(1).max(64),
  workspace: Workspace,
  /** Written before the command is run. */
  files: Files.default([]),
  timeoutMs: z.int().min(100).max(900_000).default(60_000),
  tailBytes: z.int().min(0).max(TAIL_BYTES).default(4_096),
});

const Measured = z.object({
  /** Name of the command in the allow-list. */
  command: z.string(),
  exitCode: z.int(),
  signal: z.string().nullable(),
  /** SHA-256 of the whole output. */
  digest: z.string(),
  bytes: z.int(),
  outputTail: z.string(),
  durationMs: z.int(),
});

/** Runs the operator's commands on files that agents wrote, and measures how they ended. `workspaces` is the folder of all workspaces. */
export const createRunner = ({ commands, workspaces }: { readonly commands: Commands; readonly workspaces: string }) =>
  defineAgent({
    name: RUNNER_AGENT,
    version: '1.0.0',
    description: 'Runs commands of an allow-list in the workspace of a run. No sandbox.',
    capabilities: {
      [RUN_COMMAND]: { description: 'Runs one command and measures how it ends.', input: RunCommand, output: Measured },
      write_files: {
        description: 'Writes files into the workspace of the run.',
        input: z.object({ files: Files.min(1), workspace: Workspace }),
        output: z.object({ written: z.array(z.string()) }),
      },
    },
    perform: {
      async [RUN_COMMAND](asked, { step, task }) {
        const { run, files, timeoutMs, tailBytes } = asked;
        const { name, command } = allowed(commands, run);
        return await step(
          'run',
          async (signal) => {
            const workspace = await openWorkspace(workspaces, task.ns, task.run, asked.workspace);
            await writeFiles(workspace, files);
            if (command.more === 'paths')
              for (const path of run.slice(command.argv.length)) await checkInside(workspace, path);
            const cwd = command.cwd === 'workspace' ? workspace : command.cwd;
            const env = { PATH: searchPath(), HOME: workspace, ...command.env };
            const { tail, ...ended } = await runProcess({ argv: run, cwd, env, timeoutMs, signal });
            if (
              ended.exitCode === 0 &&
              command.mustPrint !== undefined &&
              !new RegExp(command.mustPrint, 'm').test(tail.toString('utf8'))
            )
              throw new TerminalError(
                'command_proved_nothing',
                `${run.join(' ').slice(0, 200)} succeeded but printed nothing like ${command.mustPrint}: it did not do what counts`,
              );
            const outputTail = tailBytes === 0 ? '' : tail.subarray(-tailBytes).toString('utf8');
            return { command: name, ...ended, outputTail };
          },
          { run, files: files.map(({ path, content }) => ({ path, content })), workspace: asked.workspace ?? null },
        );
      },
      async write_files({ files, workspace }, { step, task }) {
        await step('write', async () => {
          await writeFiles(await openWorkspace(workspaces, task.ns, task.run, workspace), files);
          return null;
        });
        return { written: files.map(({ path }) => path) };
      },
    },
  });

/** This process's own Node comes first. */
const searchPath = (): string => [dirname(process.execPath), process.env['PATH'] ?? ''].join(':');
