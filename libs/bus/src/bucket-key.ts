import { ContractError } from '@parley/contracts';

const KEY = /^[A-Za-z0-9_=/-]+(\.[A-Za-z0-9_=/-]+)*$/;

/** A key of a bucket, checked. Throws `ContractError` (`subject_invalid`). */
export function bucketKey(key: string): string {
  if (!KEY.test(key))
    throw new ContractError('subject_invalid', `${JSON.stringify(key)} is not a bucket key`, { field: 'key' });
  return key;
}
