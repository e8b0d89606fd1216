#!/usr/bin/env node
// Runs with any Node from 18 on; the CLI itself needs Node 24, which `npm install` puts beside the other packages.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR = 24;
const pinned = ['../../../node_modules/.bin/node', '../node_modules/.bin/node']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));
const current = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;
const entry = new URL('../src/main.ts', import.meta.url);

if (current) {
  await import(entry.href);
} else if (pinned === undefined) {
  console.error(`node: ${process.version} is older than ${NODE_MAJOR}; run npm install, or install Node ${NODE_MAJOR}`);
  process.exit(78);
} else {
  const child = spawn(pinned, [fileURLToPath(entry), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal signals the whole process group; any other sender reaches only this process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`node: ${pinned} does not start (${error.message}); run npm install again`);
    process.exit(78);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));
}
