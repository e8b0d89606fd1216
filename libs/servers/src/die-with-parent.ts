import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/**
 * On Linux wraps a command line so that the kernel sends the process this signal when the thread that started it is gone, even by
 * SIGKILL; the process id stays that of the command. Elsewhere the command line is unchanged.
 */
export function dieWithParent(
  signal: 'SIGTERM' | 'SIGKILL',
  command: string,
  args: readonly string[],
): { command: string; args: string[] } {
  if (process.platform !== 'linux' || !existsSync(SETPRIV)) return { command, args: [...args] };
  return { command: SETPRIV, args: ['--pdeathsig', signal.slice('SIG'.length), '--', command, ...args] };
}
