import { execFile } from 'node:child_process';

/** Options of one short-lived command. */
export interface CommandOptions {
  env?: Record<string, string>;
  cwd?: string;
  timeoutMs?: number;
}

/** Runs a command to its end and returns its stdout; rejects with the first words of its stderr when it fails or takes too long. */
export async function runCommand(command: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const { env, cwd, timeoutMs = 10_000 } = options;
  return await new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { cwd, env: { ...process.env, ...env }, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const reason = error.killed ? `no end within ${timeoutMs} ms` : stderr.trim() || error.message;
        reject(new Error(`${command}: ${reason}`, { cause: error }));
      },
    );
  });
}
