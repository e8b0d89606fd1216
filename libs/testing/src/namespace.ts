import { randomBytes } from 'node:crypto';

/** A namespace no other test uses: one valid subject and key token. */
export function testNamespace(): string {
  return `test${randomBytes(6).toString('hex')}`;
}
