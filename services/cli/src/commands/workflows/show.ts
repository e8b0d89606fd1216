import { QueryWorkflow } from '@parley/contracts';
import { toYaml } from '@parley/workflow';
import type { Command } from 'commander';
import { ask } from '../../ask.ts';
import { table } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { createCommand, withTarget } from '../../program.ts';
import type { TargetFlags } from '../../target.ts';
import { parseReference } from '../../workflow/reference.ts';
import { withBus } from '../with-bus.ts';

interface Flags extends TargetFlags {
  readonly yaml?: true;
  readonly json?: true;
}

export function showCommand({ out }: Terminal): Command {
  return withTarget(createCommand('show'))
    .description('show a registered workflow: its versions, and the definition of the newest or of the one named')
    .argument('<workflow>', 'name, or name@version')
    .option('--yaml', 'print the definition alone, as a file that can be registered again')
    .action(async (text: string, flags: Flags) => {
      const reference = parseReference(text);
      const found = await withBus(flags, (bus, { namespace }) => ask(bus, QueryWorkflow, { ns: namespace }, reference));
      if (flags.json) return out(JSON.stringify(found));
      const { name, version, digest, definition, versions } = found;
      const yaml = toYaml(definition).trimEnd();
      if (flags.yaml) return out(yaml);
      const rows = versions.map((one) => [
        String(one.version),
        one.digest.slice(0, 12),
        new Date(one.at).toISOString(),
      ]);
      out(`${name}@${version} (${digest})\n\n${yaml}\n\n${table([['VERSION', 'DIGEST', 'REGISTERED'], ...rows])}`);
    });
}
