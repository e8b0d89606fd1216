import { createHash } from 'node:crypto';

/** A Lua script that Redis runs as one step. Keys come in `KEYS`, everything else in `ARGV`. */
export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
}

/** Names a script and computes the hash that Redis knows it by. */
export const defineScript = (name: string, lua: string): Script => ({
  name,
  lua,
  sha: createHash('sha1').update(lua).digest('hex'),
});

/** Lua that sets `now` to Redis's own clock, in milliseconds since 1970: the one clock of leases and expiry. */
export const LUA_NOW = `
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local function int(n) return string.format('%.0f', n) end
`;
