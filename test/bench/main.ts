import { parseArgs } from 'node:util';
import { benchFanOut, benchGrowth, benchRaw, benchSequence } from './scenarios.ts';
import { startBenchStack } from './stack.ts';

const USAGE = `Usage: npm run bench [-- [sequence] [fanout] [growth] [options]]

Measures what a step costs beside its work, on real services and a nats-server of its own, and compares it with the raw acked
JetStream publish rate of this machine, measured in the same run. Without names, all scenarios run.

  --json          one JSON object on stdout
  --quick         fewer runs, for a smoke test
  --window <n>    only this window of the sequence: 1, 10 or 100
  --sync-always   nats-server writes through to disk before each ack
  --help
`;

const SCENARIOS = ['sequence', 'fanout', 'growth'];

function parse(): {
  names: Set<string>;
  json: boolean;
  quick: boolean;
  window: number | undefined;
  syncAlways: boolean;
} {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        'sync-always': { type: 'boolean', default: false },
        window: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    if (values.window !== undefined && !['1', '10', '100'].includes(values.window)) {
      throw new Error(`--window ${values.window} is unknown; choose from 1, 10, 100`);
    }
    const unknown = positionals.find((name) => !SCENARIOS.includes(name));
    if (unknown !== undefined) throw new Error(`scenario ${unknown} is unknown; choose from ${SCENARIOS.join(', ')}`);
    return {
      names: new Set(positionals.length === 0 ? SCENARIOS : positionals),
      json: values.json,
      window: values.window === undefined ? undefined : Number(values.window),
      quick: values.quick,
      syncAlways: values['sync-always'],
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(64);
  }
}

const { names, json, quick, window, syncAlways } = parse();
const say = (line: string): void => void (json ? undefined : process.stdout.write(`${line}\n`));
const ms = (value: number): string => `${value.toFixed(2)} ms`;
const whole = (value: number): string => Math.round(value).toLocaleString('en');

say('Starting nats-server, conductor, router and three bidders …');
await using stack = await startBenchStack({ syncAlways });
const raw = await benchRaw(stack);
say(
  `\nraw acked JetStream publish, plain client, 100 in flight: ${whole(raw.plain)} /s of 512 bytes, ${whole(raw.append)} /s like a decision`,
);
const report: Record<string, unknown> = { rawPublishPerSecond: raw, syncAlways };

if (names.has('sequence')) {
  const windows = await benchSequence(stack, quick, window);
  report.sequence = windows.map((w) => ({
    ...w,
    rawRatio: { plain: raw.plain / w.stepsPerSecond, append: raw.append / w.stepsPerSecond },
  }));
  say('\nfive steps, three bidders each');
  say('                       raw ÷ steps/s');
  say('window   steps/s   512 B   decision   p50/step    p99/step   CPU-s per 1,000 steps');
  for (const w of windows) {
    say(
      `${String(w.window).padStart(6)} ${whole(w.stepsPerSecond).padStart(9)} ` +
        `${(raw.plain / w.stepsPerSecond).toFixed(1).padStart(7)} ${(raw.append / w.stepsPerSecond).toFixed(1).padStart(10)} ` +
        `${ms(w.p50Ms).padStart(10)} ${ms(w.p99Ms).padStart(11)} ${w.cpuSecondsPer1000Steps.toFixed(3).padStart(23)}`,
    );
  }
  const last = windows.at(-1);
  if (last !== undefined) {
    const shares = Object.entries(last.cpuShares).map(([name, cpu]) => `${name} ${(cpu * 1_000).toFixed(0)}`);
    say(`CPU µs per step at window ${last.window}: ${shares.join(', ')}`);
  }
}
if (names.has('fanout')) {
  const fan = await benchFanOut(stack);
  report.fanOut = fan;
  say(`\nfan-out of ${fan.branches}: ${ms(fan.runMs)} per run, ${whole(fan.stepsPerSecond)} steps/s`);
}
if (names.has('growth')) {
  const growth = await benchGrowth(stack);
  const first = growth[0];
  report.growth = growth.map((g) => ({ ...g, ratioTo10: g.msPerStep / (first?.msPerStep ?? Number.NaN) }));
  say('\nsteps in one run   ms per step   against 10');
  for (const g of growth) {
    say(
      `${String(g.steps).padStart(16)} ${g.msPerStep.toFixed(3).padStart(13)} ${(g.msPerStep / (first?.msPerStep ?? Number.NaN)).toFixed(2).padStart(12)}`,
    );
  }
}
const { peak } = stack.usage();
report.peakMiB = Object.fromEntries(peak);
say(`\npeak memory (MiB): ${[...peak].map(([name, mib]) => `${name} ${mib.toFixed(0)}`).join(', ')}`);
if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
