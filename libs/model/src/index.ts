export { type AnthropicProviderOptions, createAnthropicProvider } from './anthropic/provider.ts';
export type {
  AssistantBlock,
  Json,
  JsonObject,
  OpaqueBlock,
  RedactedThinkingBlock,
  TextBlock,
  ThinkingBlock,
  ToolResultBlock,
  ToolUseBlock,
  UserBlock,
} from './blocks.ts';
export { ModelError, type ModelErrorCode, type ModelErrorOptions, type PartialUsage } from './errors.ts';
export { DEFAULT_PRICES } from './price-catalogue.ts';
export {
  costMicroUsd,
  loadPrices,
  maxCostMicroUsd,
  type ModelPrice,
  priceOf,
  type PriceTable,
  type TokenPrices,
} from './prices.ts';
export type { CompleteOptions, ModelProvider, ModelStreamEvent } from './provider.ts';
export type { Message, ModelRequest, RequestMetadata, ToolChoice, ToolDeclaration } from './request.ts';
export { type ModelResponse, type StopReason, textOf, type Usage } from './response.ts';
export { ScriptedModel, type ScriptedReply } from './scripted-model.ts';
export { type Mismatch, parseStructured, repairRequest, type StructuredResult } from './structured.ts';
export { countPromptUpperBound } from './upper-bound.ts';
