import { startNatsServer } from '@parley/servers';

const server = await startNatsServer({ storeDir: process.env['STORE_DIR'] ?? '' });
console.log(`at ${server.url}`);
setInterval(() => {}, 60_000);
