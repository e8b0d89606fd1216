/** Exit codes of the command line, after BSD `sysexits.h`; 130 is 128 + SIGINT. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 64,
  badData: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  noPermission: 77,
  config: 78,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
