import { runCommand } from './run-command.ts';
import { parseVersion } from './version.ts';

/** A server that was seen to run on this machine: `command` with `args` before its own arguments, and `env` added. */
export interface ServerBinary {
  command: string;
  args: string[];
  env: Record<string, string>;
  version: string;
  /** Where it came from, for people. */
  source: string;
}

/** Runs the server with `--version`; rejects when it cannot run here or names no version. */
export async function probeBinary(candidate: Omit<ServerBinary, 'version'>): Promise<ServerBinary> {
  const text = await runCommand(candidate.command, [...candidate.args, '--version'], { env: candidate.env });
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`${candidate.command} --version names no version: ${text.slice(0, 80)}`);
  return { ...candidate, version };
}
