import { runService } from '@parley/service';
import { readConfig } from './config.ts';
import { startService } from './service.ts';

await runService('model-sim', (_, context) => startService(readConfig(process.env), context), { readConfig });
