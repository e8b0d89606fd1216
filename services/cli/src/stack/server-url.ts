import { CliError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';

interface Form {
  readonly server: string;
  readonly schemes: readonly string[];
  readonly example: string;
}

const NATS: Form = { server: 'NATS', schemes: ['nats:', 'tls:'], example: 'nats://127.0.0.1:4222' };
const REDIS: Form = { server: 'Redis', schemes: ['redis:', 'rediss:'], example: 'redis://127.0.0.1:6379' };

/** One NATS URL or several with commas between; a host with a port will do. Throws `CliError`. */
export function requireNatsUrl(field: string, value: string): string {
  const all = value.split(',').map((one) => one.trim());
  const valid = all.every((one) => isUrl(one.includes('://') ? one : `nats://${one}`, NATS.schemes));
  if (!valid) throw invalid(field, value, NATS);
  return value;
}

/** A Redis URL. Throws `CliError`. */
export function requireRedisUrl(field: string, value: string): string {
  if (!isUrl(value, REDIS.schemes)) throw invalid(field, value, REDIS);
  return value;
}

function isUrl(text: string, schemes: readonly string[]): boolean {
  const url = URL.parse(text);
  return url !== null && schemes.includes(url.protocol) && url.hostname !== '';
}

function invalid(field: string, value: string, { server, schemes, example }: Form): CliError {
  return new CliError({
    exit: field.startsWith('--') ? EXIT.usage : EXIT.config,
    code: 'url_invalid',
    field,
    value,
    message: `is not the URL of a ${server} server`,
    fix: `give ${schemes.map((scheme) => `${scheme}//host:port`).join(' or ')}, such as ${example}`,
  });
}
