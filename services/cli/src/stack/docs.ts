import { copyFile, glob, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Corpus, loadCorpus } from '@parley/corpus';
import { PROJECT_ROOT } from './layout.ts';

/** The project's own documentation, as globs below its root: what people wrote, without generated tables. */
const DOCUMENTATION = ['README.md', '{libs,services,services/agents}/*/README.md', '{services/agents,test}/README.md'];

const SHOWN = 5;

/**
 * The documents that the agents will answer from: the given folder, or a copy of the project's own documentation. Throws `CorpusError`
 * when there is nothing to read in it.
 */
export async function chooseDocs(
  folder: string | undefined,
  data: string,
  note: (line: string) => void,
): Promise<Corpus> {
  const corpus = await loadCorpus(folder ?? (await copyDocumentation(join(data, 'docs'))));
  const skipped = corpus.skipped.filter(({ reason }) => reason !== 'unsupported_type');
  for (const { file, reason } of skipped.slice(0, SHOWN)) note(`skipped ${file}: ${reason.replaceAll('_', ' ')}`);
  if (skipped.length > SHOWN) note(`skipped ${skipped.length - SHOWN} more files`);
  return corpus;
}

/** Copies the documentation under the same relative names: a citation of the copy is one of the project. */
async function copyDocumentation(target: string): Promise<string> {
  await rm(target, { recursive: true, force: true });
  for await (const file of glob(DOCUMENTATION, { cwd: PROJECT_ROOT })) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await copyFile(join(PROJECT_ROOT, file), join(target, file));
  }
  return target;
}
