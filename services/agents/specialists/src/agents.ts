import type { Agent } from '@parley/agent';
import { createCoder } from './coder.ts';
import { critic, editor, storyteller } from './creative.ts';
import { builder, generalist, player, scout } from './crew.ts';
import { incidentSpecialists } from './incident.ts';
import { lead } from './lead.ts';
import { regionalAnalysts } from './sales.ts';
import { billing, escalation, technical, triage } from './support.ts';

/** Every specialist. `offline`: the model can only quote (no key). */
export const specialists = ({ offline }: { readonly offline: boolean }): Agent[] => [
  lead,
  generalist,
  player,
  scout,
  builder,
  createCoder({ offline }),
  triage,
  billing,
  technical,
  escalation,
  storyteller,
  editor,
  critic,
  ...regionalAnalysts,
  ...incidentSpecialists,
];
