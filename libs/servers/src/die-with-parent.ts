import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/**
 * On Linux wraps a command line so that the kernel sends the process SIGTERM when the thread that started it is gone, even by
 * SIGKILL; the process id stays that of the command. Elsewhere the command line is unchanged.
 */
export function dieWithParent(command: string, args: string[]): { command: string; args: string[] } {
  if (process.platform !== 'linux' || !existsSync(SETPRIV)) return { command, args };
  return { command: SETPRIV, args: ['--pdeathsig', 'TERM', '--', command, ...args] };
}
