import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Folders where servers are installed although shells of ordinary users do not search them. */
const ALSO = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** Every executable file of one of these names on `pathVariable` and in the usual system folders, in search order. */
export async function searchPath(names: readonly string[], pathVariable: string): Promise<string[]> {
  const folders = new Set([...pathVariable.split(delimiter).filter((folder) => folder !== ''), ...ALSO]);
  const found: string[] = [];
  for (const name of names) {
    for (const folder of folders) {
      const file = join(folder, name);
      if (await isExecutable(file)) found.push(file);
    }
  }
  return found;
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
