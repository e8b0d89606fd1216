/** Something worth a line in the log of whoever holds the bus. */
export interface BusLog {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly error?: unknown;
}
