import type { Command } from 'commander';
import type { Terminal } from '../output/terminal.ts';
import { createCommand } from '../program.ts';
import { addCommand } from './schedule/add.ts';
import { listCommand } from './schedule/list.ts';
import { rmCommand } from './schedule/rm.ts';

export function scheduleCommand(terminal: Terminal): Command {
  return createCommand('schedule')
    .description('start workflows later, once or by cron')
    .addCommand(addCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(rmCommand(terminal));
}
