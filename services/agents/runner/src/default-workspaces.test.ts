import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultWorkspaces } from './default-workspaces.ts';

test("the default folder is this user's alone, or nothing is run there", async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'parley-default-'));
  const folder = await defaultWorkspaces(temporary);
  expect(await defaultWorkspaces(temporary)).toBe(folder);
  await chmod(folder, 0o777);
  await expect(defaultWorkspaces(temporary)).rejects.toThrow(/PARLEY_WORKSPACES/);
  await rm(folder, { recursive: true });
  await symlink(temporary, folder);
  await expect(defaultWorkspaces(temporary)).rejects.toThrow(/PARLEY_WORKSPACES/);
  await rm(temporary, { recursive: true });
});
