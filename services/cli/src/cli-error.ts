import type { ExitCode } from './exit-codes.ts';
import { withoutCredentials } from './output/without-credentials.ts';

export interface CliFault {
  readonly exit: ExitCode;
  /** Stable, for scripts. */
  readonly code: string;
  /** The flag, argument or variable that is wrong. */
  readonly field?: string;
  readonly value?: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  /** All that is wrong, where it is more than one thing; for scripts. */
  readonly problems?: readonly object[];
}

const LONGEST_VALUE = 80;

/** What a command ends with when it cannot do its work; `line` is all that a person gets to see of it. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly fault: CliFault;

  constructor(fault: CliFault, options?: ErrorOptions) {
    super(withoutCredentials(lineOf(fault)), options);
    this.fault = {
      ...fault,
      ...(fault.value === undefined ? {} : { value: shorten(fault.value) }),
      message: withoutCredentials(fault.message),
    };
  }

  get exit(): ExitCode {
    return this.fault.exit;
  }

  toJson(): { error: Omit<CliFault, 'exit'> & { exit: number } } {
    return { error: this.fault };
  }
}

function lineOf({ field, value, message, fix }: CliFault): string {
  const subject = [field, value === undefined ? undefined : JSON.stringify(shorten(value))].filter(Boolean).join(' ');
  return `${subject === '' ? '' : `${subject}: `}${message}${fix === undefined ? '' : `; ${fix}`}`;
}

function shorten(value: string): string {
  const shown = withoutCredentials(value);
  return shown.length > LONGEST_VALUE ? `${shown.slice(0, LONGEST_VALUE - 1)}…` : shown;
}
