import { flushTelemetry } from '@parley/service/telemetry';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { explain } from './explain.ts';
import { Interrupted } from './interrupt.ts';

/**
 * Runs a command to the end of the process. A failure is one line on stderr and, with `--json`, one object on stdout; only a bug shows
 * its stack.
 */
export async function finish(work: () => Promise<number>, json: boolean): Promise<never> {
  let code: number;
  try {
    code = await work();
  } catch (error) {
    code = report(error, json);
  }
  await flushTelemetry();
  // Output to a pipe is written asynchronously; `process.exit` alone could cut it.
  for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve));
  process.exit(code);
}

function report(error: unknown, json: boolean): number {
  const known = explain(error);
  if (known === undefined) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`parley: this is a bug: ${text}\n`);
    if (json) writeJson(new CliError({ exit: EXIT.software, code: 'internal', message: String(error) }));
    return EXIT.software;
  }
  process.stderr.write(known instanceof Interrupted ? 'parley: interrupted\n' : `parley: ${known.message}\n`);
  if (json) writeJson(known);
  return known.exit;
}

const writeJson = (error: CliError): void => void process.stdout.write(`${JSON.stringify(error.toJson())}\n`);
