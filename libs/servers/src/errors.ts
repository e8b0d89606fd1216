import type { Attempt } from './attempts.ts';
import { describeAttempts } from './attempts.ts';
import type { ServerKind } from './server-kind.ts';

/** No usable server was found or fetched; `attempts` lists all that was tried, `fix` what to install by hand. */
export class ServerNotFoundError extends Error {
  override readonly name = 'ServerNotFoundError';
  readonly code = 'server_not_found';
  readonly server: string;
  readonly attempts: readonly Attempt[];
  readonly fix: string;

  constructor(kind: ServerKind, minVersion: string, attempts: readonly Attempt[]) {
    super(`no ${kind.label} ${minVersion} or newer was found; tried:\n${describeAttempts(attempts)}\n${kind.fix}`);
    this.server = kind.label;
    this.attempts = attempts;
    this.fix = kind.fix;
  }
}

/** The one server the caller insists on is older than what is needed. */
export class ServerTooOldError extends Error {
  override readonly name = 'ServerTooOldError';
  readonly code = 'server_too_old';
  readonly field: string;
  readonly value: string;
  readonly version: string;
  readonly minVersion: string;
  readonly fix: string;

  constructor(kind: ServerKind, field: string, value: string, version: string, minVersion: string) {
    super(`${field}: ${value} is ${kind.label} ${version}, but ${minVersion} or newer is needed; ${kind.fix}`);
    this.field = field;
    this.value = value;
    this.version = version;
    this.minVersion = minVersion;
    this.fix = kind.fix;
  }
}

/** The asked port is taken by another process. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  readonly code = 'port_in_use';
  readonly field: string;
  readonly value: number;
  readonly fix = 'stop the process that listens there, or choose another port';

  constructor(port: number, field = 'port', options?: ErrorOptions) {
    super(`${field}: ${port} is in use; stop the process that listens there, or choose another port`, options);
    this.field = field;
    this.value = port;
  }
}

/** Another live server already works on this data directory; two at once would corrupt it. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  readonly code = 'directory_in_use';
  readonly field: string;
  readonly value: string;
  readonly fix: string;

  constructor(field: string, directory: string, pid: number) {
    const fix = `stop process ${pid}, or choose another directory`;
    super(`${field}: ${directory} is in use by process ${pid}; ${fix}`);
    this.field = field;
    this.value = directory;
    this.fix = fix;
  }
}

/** The server process ended, or stayed silent, before it accepted connections; `logTail` is the end of its log. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  readonly code = 'server_start_failed';
  readonly logTail: string;

  constructor(label: string, reason: string, logTail: string, options?: ErrorOptions) {
    super(`${label} did not start: ${reason}${logTail === '' ? '' : `\n${logTail}`}`, options);
    this.logTail = logTail;
  }
}
