import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { finish } from './finish.ts';

/** A command that reports its own usage errors as `CliError`: one line, exit 64, the nearest name where there is one. */
export function createCommand(name: string): Command {
  return new Command(name)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError(true);
}

/** Parses and runs a command to the end of the process. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<never> {
  let exit: number = EXIT.ok;
  const work = async (): Promise<number> => {
    try {
      await program.parseAsync(argv, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      // Help and version end the parsing with code 0.
      if (error.exitCode === 0) return EXIT.ok;
      throw usageError(error, program.name());
    }
    return exit;
  };
  program.hook('postAction', (_program, action) => {
    const code: unknown = action.getOptionValue('exitCode');
    if (typeof code === 'number') exit = code;
  });
  return await finish(work, argv.includes('--json'));
}

function usageError({ code, message }: CommanderError, name: string): CliError {
  const text = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  const help = code === 'commander.help' ? 'name a command' : text;
  return new CliError({ exit: EXIT.usage, code: 'usage', message: help, fix: `see ${name} --help` });
}

/** Lets a finished action end the process with another code than 0. */
export function setExit(command: Command, code: number): void {
  command.setOptionValue('exitCode', code);
}

export function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 65_535) throw new InvalidArgumentError('Give a port from 1 to 65535.');
  return value;
}

export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

export function wholeNumber(text: string): number {
  const value = positive(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Give a whole number.');
  return value;
}

export const jsonOption = (): Option => new Option('--json', 'print one JSON object on stdout');

/** Adds the flags that say which stack is meant. */
export const withTarget = (command: Command): Command =>
  command
    .option('--nats-url <url>', 'NATS server (default: PARLEY_NATS_URL, else the stack of parley dev in this folder)')
    .option('--namespace <name>', 'tenant (default: PARLEY_NAMESPACE, else default)')
    .option(
      '--data <folder>',
      'data folder of the stack that is meant (default: PARLEY_DATA, else .parley here or above)',
    )
    .addOption(jsonOption());
