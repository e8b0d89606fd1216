import { type Agent, defineAgent } from '@parley/agent';
import { z } from 'zod';
import { Given, material, prompt, Reply, replyTo, textOf } from './reply.ts';

const Assessment = z.object({ confidence: z.number(), skills: z.array(z.string()), reason: z.string() });
const Work = Reply.extend({ specialist: z.string() });

/** What each specialist of an incident knows about, and the words by which it recognises its matter. */
const FIELDS = {
  network: /\b(network|dns|packet|latency|connection|load balancer|firewall|routing|tls|certificate)\b/gi,
  database: /\b(database|query|queries|replica|replication|lock|locks|index|migration|deadlock|storage|disk)\b/gi,
  application:
    /\b(application|deploy|deployment|release|exception|memory|leak|version|config|rollback|feature flag)\b/gi,
} as const;

type Field = keyof typeof FIELDS;

/** How much of an incident is one's own matter: by the words of the report, without a model. */
function assess(field: Field, given: Given): z.infer<typeof Assessment> {
  const hits = new Set([...material(given).matchAll(FIELDS[field])].map(([word]) => word.toLowerCase()));
  hits.delete(field);
  const confidence = Math.min(1, hits.size === 0 ? 0.1 : 0.35 + 0.15 * hits.size);
  const reason =
    hits.size === 0 ? 'nothing in the report is mine' : `the report speaks of ${[...hits].sort().join(', ')}`;
  return { confidence, skills: [field], reason };
}

/** A member of an incident coalition: says how sure it is, then works on its part. */
const member = (field: Field): Agent => {
  const system = prompt('incident');
  return defineAgent({
    name: `${field}-specialist`,
    version: '1.0.0',
    description: `Finds and mends faults of the ${field}.`,
    capabilities: {
      incident: {
        description: `Assesses and works on incidents of the ${field}.`,
        input: Given,
        output: z.union([Assessment, Work]),
      },
    },
    perform: {
      async incident(given, context) {
        if (given['mode'] === 'assess') return assess(field, given);
        const question = `What does the incident report say about the ${field}? ${textOf(given, 'goal') ?? ''}`;
        const reply = await replyTo('incident', given, context, { system, question });
        return { ...reply, specialist: field };
      },
    },
  });
};

export const incidentSpecialists = (Object.keys(FIELDS) as Field[]).map(member);
