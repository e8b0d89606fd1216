import type { DefinitionProblem } from '../definition-error.ts';

/** Forms that only credentials have. Each is matched in linear time. */
const SECRETS: readonly [name: string, form: RegExp][] = [
  ['an API key (sk-…)', /\bsk-[A-Za-z0-9_-]{20,}/],
  ['an AWS access key (AKIA…)', /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a GitHub token', /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})/],
  ['a Slack token', /\bxox[abeprs]-[A-Za-z0-9-]{10,}/],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}/],
  ['a JSON Web Token', /\beyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10}/],
  ['a private key (PEM)', /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/],
  ['a bearer token', /\bBearer +[A-Za-z0-9._~+/-]{16}/i],
  ['a password in a URL', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/?#]{0,100}:[^\s@/?#]{1,200}@/i],
];

/** Shorter texts are passed over. */
const SHORTEST = 10;

/** A problem for every text, and every name of a member, that holds a credential. Definitions are stored in clear and shown: the value is not repeated here. */
export function* secretsIn(value: unknown, pointer = ''): Generator<DefinitionProblem> {
  if (typeof value === 'string') {
    if (value.length < SHORTEST) return;
    const found = SECRETS.find(([, form]) => form.test(value));
    if (found === undefined) return;
    const message = `holds what looks like ${found[0]}; keep it out of the definition and give it to the agent through its environment`;
    yield { pointer, code: 'secret_inline', message };
  } else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      yield* secretsIn(item, at);
      if (!Array.isArray(value)) for (const { code, message } of secretsIn(key)) yield { pointer, code, message };
    }
  }
}
