import { spawn } from 'node:child_process';

/** One command of the gate. */
export interface Step {
  name: string;
  command: string;
  args: string[];
}

/** How a step ended: `output` is stdout and stderr in the order they arrived. */
export interface StepResult {
  name: string;
  ok: boolean;
  ms: number;
  output: string;
}

/** Runs one step to its end with captured output; a command that cannot start is a failed step, not an exception. */
export async function runStep({ name, command, args }: Step): Promise<StepResult> {
  const started = performance.now();
  return await new Promise((resolve) => {
    let output = '';
    const end = (ok: boolean) => resolve({ name, ok, ms: performance.now() - started, output });
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => {
      output += `${command}: ${error.message}\n`;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

/** One line for a finished step, followed by its output when it failed. */
export function describeStep({ name, ok, ms, output }: StepResult): string {
  const line = `${ok ? '✓' : '✗'} ${name} (${(ms / 1_000).toFixed(1)} s)`;
  return ok ? line : `${line}\n${output.trimEnd()}`;
}
