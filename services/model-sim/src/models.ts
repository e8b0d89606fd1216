/** The model id the offline brain is known by; it answers to `claude-…` and `sim-…` ids too. */
export const SIM_MODEL = 'sim-extractive-1';
const ACCEPTED = /^(claude|sim)-[a-z0-9-]{1,100}$/;

/** Prompts over this many tokens are refused. */
export const MAX_INPUT_TOKENS = 1_000_000;
export const MAX_OUTPUT_TOKENS = 128_000;

export const isKnownModel = (id: string): boolean => ACCEPTED.test(id);

/** A model in the shape of the Models API. */
export function modelInfo(id: string): object {
  const yes = { supported: true };
  const no = { supported: false };
  return {
    type: 'model',
    id,
    display_name: id === SIM_MODEL ? 'Extractive (offline)' : `${id} (offline)`,
    created_at: '2026-01-01T00:00:00Z',
    deprecated_at: null,
    retires_at: null,
    lifecycle: 'active',
    line: null,
    max_input_tokens: MAX_INPUT_TOKENS,
    max_tokens: MAX_OUTPUT_TOKENS,
    capabilities: {
      batch: no,
      citations: no,
      code_execution: no,
      context_management: {
        supported: false,
        clear_thinking_20251015: null,
        clear_tool_uses_20250919: null,
        compact_20260112: null,
      },
      effort: { supported: true, low: yes, medium: yes, high: yes, xhigh: yes, max: yes },
      image_input: no,
      pdf_input: no,
      server_tools: { supported: false, code_execution: no, web_search: no },
      structured_outputs: yes,
      thinking: { supported: false, types: { adaptive: no, between_tools: no, disabled: yes, enabled: no } },
    },
  };
}

/** One page with the one model that is listed. */
export function modelPage(): object {
  return { data: [modelInfo(SIM_MODEL)], has_more: false, first_id: SIM_MODEL, last_id: SIM_MODEL };
}
