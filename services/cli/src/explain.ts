import { BusError } from '@parley/bus';
import { ContractError, type ErrorCode } from '@parley/contracts';
import { CorpusError } from '@parley/corpus';
import {
  DirectoryInUseError,
  PortInUseError,
  ServerNotFoundError,
  ServerStartError,
  ServerTooOldError,
} from '@parley/servers';
import { CliError, type CliFault } from './cli-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Turns what any layer threw into the error that the command ends with; undefined when it is a bug. */
export function explain(error: unknown): CliError | undefined {
  if (error instanceof CliError) return error;
  const fault = faultOf(error);
  return fault === undefined ? undefined : new CliError(fault, { cause: error });
}

function faultOf(error: unknown): CliFault | undefined {
  if (error instanceof CorpusError) {
    const { code, value, fix } = error;
    const exit = code === 'folder_unreadable' ? EXIT.noPermission : EXIT.noInput;
    return { exit, code, field: '--docs', value, message: plainReason(error), fix };
  }
  if (error instanceof ServerTooOldError || error instanceof PortInUseError)
    return { exit: EXIT.config, code: error.code, message: error.message };
  if (error instanceof DirectoryInUseError || error instanceof ServerNotFoundError || error instanceof ServerStartError)
    return { exit: EXIT.unavailable, code: error.code, message: error.message };
  if (error instanceof BusError) return busFault(error);
  if (error instanceof ContractError) return { exit: EXIT.badData, code: error.code, message: error.message };
  return systemFault(error);
}

/** The message of a corpus error is `field "value": reason; fix: …`. */
function plainReason({ message, value, field, fix }: CorpusError): string {
  return message.replace(`${field} ${JSON.stringify(value)}: `, '').replace(`; fix: ${fix}`, '');
}

const EXIT_OF_PROBLEM: Partial<Record<ErrorCode, ExitCode>> = {
  run_unknown: EXIT.noInput,
  workflow_unknown: EXIT.noInput,
  not_found: EXIT.noInput,
  unavailable: EXIT.unavailable,
  internal: EXIT.software,
};

function busFault(error: BusError): CliFault {
  const { code, problem, message } = error;
  switch (code) {
    case 'answered_error':
      return {
        exit: (problem && EXIT_OF_PROBLEM[problem.code]) ?? EXIT.badData,
        code: problem?.code ?? code,
        ...(problem?.field === undefined ? {} : { field: problem.field }),
        ...(problem?.problems === undefined ? {} : { problems: problem.problems }),
        message: problem?.message ?? message,
      };
    case 'no_responders':
      return {
        exit: EXIT.unavailable,
        code,
        message: `nobody answers (${message})`,
        fix: 'start the services: parley dev',
      };
    case 'timeout':
    case 'unavailable':
    case 'closed':
    case 'aborted':
      return { exit: EXIT.unavailable, code, message, fix: 'see parley doctor' };
    case 'server_too_old':
    case 'topology_drift':
      return { exit: EXIT.config, code, message };
    case 'conflict':
    case 'too_large':
      return { exit: EXIT.badData, code, message };
  }
}

function systemFault(error: unknown): CliFault | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code, message } = error;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return { exit: EXIT.noPermission, code, message, fix: 'allow this user to do that, or choose another place' };
  if (code === 'ENOENT') return { exit: EXIT.noInput, code, message };
  if (code === 'ENOSPC') return { exit: EXIT.unavailable, code, message, fix: 'free some disk space' };
  return undefined;
}
