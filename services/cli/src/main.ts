/** Entry of `parley`: the modules are loaded only once Node's compile cache is on. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

enableCompileCache(join(process.env['PARLEY_CACHE'] || join(homedir(), '.cache', 'parley'), 'compile-cache'));
await import('./cli.ts');
