import { defineScript, LUA_NOW } from './script.ts';

/** Notes a namespace. KEYS set, stream; ARGV namespace. */
export const REGISTER = defineScript(
  'register',
  `if redis.call('SADD', KEYS[1], ARGV[1]) == 1 then redis.call('XADD', KEYS[2], '*', 'ns', ARGV[1]) end
return 1`,
);

/**
 * Compare-and-set of one entry, with its change in the outbox.
 *
 * KEYS meta, entries, operation, outbox. ARGV field, expectation ('' any, 'absent', revision), entry as JSON without revision and expiry, ttl (0 none),
 * 'put' or 'delete', how long the operation is remembered, how long an idle board is kept, board.
 * Stored form: `revision expiresAt json`. Answers `unverified`, `conflict current`, `written revision` or `repeated revision`.
 */
export const WRITE = defineScript(
  'board-write',
  `${LUA_NOW}
local done = redis.call('GET', KEYS[3])
if done then return {'repeated', done} end
local generation = redis.call('HGET', KEYS[1], 'generation')
if not generation then return {'unverified'} end
local current
local stored = redis.call('HGET', KEYS[2], ARGV[1])
if stored then
  local revision, expires = string.match(stored, '^(%S+) (%d+) ')
  if expires == '0' or tonumber(expires) > now then current = revision end
end
local expect = ARGV[2]
if (expect == 'absent' and current) or (expect ~= '' and expect ~= 'absent' and expect ~= current) then
  return {'conflict', current or ''}
end
local revision = generation .. '.' .. int(redis.call('HINCRBY', KEYS[1], 'counter', 1))
local expires = '0'
local json = '{"revision":"' .. revision .. '",'
if ARGV[4] ~= '0' then
  expires = int(now + tonumber(ARGV[4]))
  json = json .. '"expiresAt":' .. expires .. ','
end
json = json .. string.sub(ARGV[3], 2)
if ARGV[5] == 'delete' then redis.call('HDEL', KEYS[2], ARGV[1])
else redis.call('HSET', KEYS[2], ARGV[1], revision .. ' ' .. expires .. ' ' .. json) end
redis.call('SET', KEYS[3], revision, 'PX', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
redis.call('XADD', KEYS[4], '*', 'board', ARGV[8], 'entry', json)
return {'written', revision}`,
);

/**
 * Puts a rebuilt board in place of what was seen, under a generation never used before.
 *
 * KEYS meta, entries, staging. ARGV generation and counter that were seen ('' none), newest generation on BOARD, how long an idle board is kept.
 * Answers 0 when somebody else was faster.
 */
export const REPLACE = defineScript(
  'board-replace',
  `${LUA_NOW}
local seen = redis.call('HMGET', KEYS[1], 'generation', 'counter')
if (seen[1] or '') ~= ARGV[1] or (seen[2] or '') ~= ARGV[2] then return 0 end
local generation = now
if tonumber(ARGV[3]) >= generation then generation = tonumber(ARGV[3]) + 1 end
if seen[1] and tonumber(seen[1]) >= generation then generation = tonumber(seen[1]) + 1 end
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('RENAME', KEYS[3], KEYS[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
redis.call('HSET', KEYS[1], 'generation', int(generation), 'counter', '0')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`,
);
