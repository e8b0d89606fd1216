import { defineScript, LUA_NOW } from '@parley/board';

/** Refuses when the ledger is not the one that was checked against USAGE. `ARGV[1]` generation, `ARGV[2]` lowest version it may have. */
const CHECKED = `${LUA_NOW}
local root = redis.call('HMGET', KEYS[1], 'generation', 'version')
if root[1] ~= ARGV[1] or tonumber(root[2]) < tonumber(ARGV[2]) then return {'unverified'} end
`;

/**
 * Reserves the bound of one call over namespace and run, binds the task, and appends the grant to the outbox.
 *
 * KEYS root, totals, run, task, permit, open, outbox. ARGV generation, version, lease, permit, run, attempt, agent, instance, epoch, tokens, micro-USD,
 * limits of run and namespace in tokens and micro-USD ('' none), facts (JSON members), how long a binding is remembered.
 * Answers `granted entry outboxId version repeated`, `superseded attempt agent`, `busy ms agent`, `closed state`, `mismatch` or
 * `budget scope unit limit spent reserved`.
 */
export const GRANT = defineScript(
  'permit-grant',
  `${CHECKED}
local lease = now + tonumber(ARGV[3])
local bound = redis.call('HMGET', KEYS[4], 'attempt', 'agent', 'instance', 'lease')
if bound[1] then
  local held = tonumber(bound[1])
  local attempt = tonumber(ARGV[6])
  if attempt < held then return {'superseded', bound[1], bound[2]} end
  if attempt == held and (bound[2] ~= ARGV[7] or bound[3] ~= ARGV[8]) and tonumber(bound[4]) > now then
    return {'busy', int(tonumber(bound[4]) - now), bound[2]}
  end
end
local known = redis.call('HMGET', KEYS[5], 'state', 'tokens', 'microUsd', 'instance', 'attempt', 'entry')
local entry, id
if known[1] then
  if known[1] ~= 'open' then return {'closed', known[1]} end
  if known[2] ~= ARGV[10] or known[3] ~= ARGV[11] or known[5] ~= ARGV[6] then return {'mismatch'} end
  entry = known[6]
else
  local function over(key, scope, unit, limit, asked)
    if limit == '' then return nil end
    local used = redis.call('HMGET', key, 'spent:' .. unit, 'reserved:' .. unit)
    local spent = tonumber(used[1] or '0')
    local reserved = tonumber(used[2] or '0')
    if spent + reserved + tonumber(asked) <= tonumber(limit) then return nil end
    return {'budget', scope, unit, limit, int(spent), int(reserved)}
  end
  local denied = over(KEYS[3], 'run', 'tokens', ARGV[12], ARGV[10])
    or over(KEYS[3], 'run', 'microUsd', ARGV[13], ARGV[11])
    or over(KEYS[2], 'namespace', 'tokens', ARGV[14], ARGV[10])
    or over(KEYS[2], 'namespace', 'microUsd', ARGV[15], ARGV[11])
  if denied then return denied end
  for _, key in ipairs({KEYS[2], KEYS[3]}) do
    redis.call('HINCRBY', key, 'reserved:tokens', ARGV[10])
    redis.call('HINCRBY', key, 'reserved:microUsd', ARGV[11])
  end
  local version = int(redis.call('HINCRBY', KEYS[1], 'version', 1))
  entry = '{"op":"granted","ledgerVersion":' .. version .. ',' .. ARGV[16] ..
    ',"charged":{"tokens":0,"microUsd":0},"inputTokens":0,"outputTokens":0}'
  id = redis.call('XADD', KEYS[7], '*', 'entry', entry)
end
redis.call('HSET', KEYS[5], 'state', 'open', 'run', ARGV[5], 'attempt', ARGV[6], 'agent', ARGV[7], 'instance', ARGV[8], 'epoch', ARGV[9],
  'tokens', ARGV[10], 'microUsd', ARGV[11], 'facts', ARGV[16], 'task', KEYS[4], 'lease', int(lease), 'entry', entry)
redis.call('ZADD', KEYS[6], int(lease), ARGV[4])
redis.call('HSET', KEYS[4], 'attempt', ARGV[6], 'agent', ARGV[7], 'instance', ARGV[8], 'lease', int(lease))
redis.call('PEXPIRE', KEYS[4], ARGV[17])
return {'granted', entry, id or '', redis.call('HGET', KEYS[1], 'version')}`,
);

/**
 * Moves on the leases of an instance's permits. A lease that ended, and one whose task somebody else took, stay ended.
 *
 * KEYS root, open, permits. ARGV generation, version, lease, agent, instance, how long a binding is remembered, then per permit id, run, epoch.
 * Answers `renewed` and a 1 or 0 per permit. The task's key is read from the permit, under the same hash tag.
 */
export const RENEW = defineScript(
  'permit-renew',
  `${CHECKED}
local lease = int(now + tonumber(ARGV[3]))
local answer = {'renewed'}
for i = 3, #KEYS do
  local a = 7 + (i - 3) * 3
  local p = redis.call('HMGET', KEYS[i], 'state', 'run', 'epoch', 'agent', 'instance', 'lease', 'attempt', 'task')
  local alive = 0
  if p[1] == 'open' and p[2] == ARGV[a + 1] and (p[3] == ARGV[a + 2] or p[3] == '') and p[4] == ARGV[4]
    and (p[5] == ARGV[5] or p[5] == '') and tonumber(p[6]) > now then
    local bound = redis.call('HMGET', p[8], 'attempt', 'agent', 'instance')
    if bound[1] == p[7] and bound[2] == ARGV[4] and (bound[3] == ARGV[5] or bound[3] == '') then
      alive = 1
      redis.call('HSET', KEYS[i], 'lease', lease, 'instance', ARGV[5], 'epoch', ARGV[a + 2])
      redis.call('HSET', p[8], 'lease', lease, 'instance', ARGV[5])
      redis.call('PEXPIRE', p[8], ARGV[6])
      redis.call('ZADD', KEYS[2], lease, ARGV[a])
    end
  end
  answer[#answer + 1] = alive
end
return answer`,
);

/**
 * Ends a permit; the first closing wins.
 *
 * KEYS root, totals, permit, open, outbox. ARGV generation, version, permit, prefix of run keys, closing, run ('' any), agent ('' any), used tokens, used micro-USD,
 * input tokens, output tokens, grace after the lease before it may expire, how long a closed permit is remembered.
 * Answers `unknown`, `alive`, or `closed state tokens microUsd entry outboxId version reservedTokens reservedMicroUsd`; the outbox id is '' when it was closed before.
 */
export const CLOSE = defineScript(
  'permit-close',
  `${CHECKED}
local p = redis.call('HMGET', KEYS[3], 'state', 'run', 'agent', 'tokens', 'microUsd', 'facts', 'lease', 'chargedTokens', 'chargedMicroUsd', 'entry')
if not p[1] or (ARGV[6] ~= '' and p[2] ~= ARGV[6]) or (ARGV[7] ~= '' and p[3] ~= ARGV[7]) then return {'unknown'} end
if p[1] ~= 'open' then return {'closed', p[1], p[8], p[9], p[10], '', root[2], p[4], p[5]} end
local op = ARGV[5]
if op == 'expired' and tonumber(p[7]) + tonumber(ARGV[12]) > now then return {'alive'} end
local tokens, micro = '0', '0'
if op == 'settled' then tokens, micro = ARGV[8], ARGV[9] end
if op == 'expired' then tokens, micro = p[4], p[5] end
local function minus(n) return n == '0' and n or '-' .. n end
for _, key in ipairs({KEYS[2], ARGV[4] .. p[2]}) do
  redis.call('HINCRBY', key, 'reserved:tokens', minus(p[4]))
  redis.call('HINCRBY', key, 'reserved:microUsd', minus(p[5]))
  redis.call('HINCRBY', key, 'spent:tokens', tokens)
  redis.call('HINCRBY', key, 'spent:microUsd', micro)
end
local version = int(redis.call('HINCRBY', KEYS[1], 'version', 1))
local entry = '{"op":"' .. op .. '","ledgerVersion":' .. version .. ',' .. p[6] ..
  ',"charged":{"tokens":' .. tokens .. ',"microUsd":' .. micro .. '},"inputTokens":' .. ARGV[10] .. ',"outputTokens":' .. ARGV[11] .. '}'
local id = redis.call('XADD', KEYS[5], '*', 'entry', entry)
redis.call('HSET', KEYS[3], 'state', op, 'chargedTokens', tokens, 'chargedMicroUsd', micro, 'entry', entry)
redis.call('PEXPIRE', KEYS[3], ARGV[13])
redis.call('ZREM', KEYS[4], ARGV[3])
return {'closed', op, tokens, micro, entry, id, version, p[4], p[5]}`,
);

/** Open permits whose lease ended before the grace. KEYS root, open. ARGV generation, version, grace, most. */
export const LAPSED = defineScript(
  'permit-lapsed',
  `${CHECKED}
local found = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', int(now - tonumber(ARGV[3])), 'LIMIT', 0, ARGV[4])
table.insert(found, 1, 'lapsed')
return found`,
);

/** Puts a rebuilt ledger in place of what was seen. KEYS root. ARGV generation and version seen ('' none), new generation and version. Answers 0 when somebody else was faster. */
export const SWITCH = defineScript(
  'ledger-switch',
  `local seen = redis.call('HMGET', KEYS[1], 'generation', 'version')
if (seen[1] or '') ~= ARGV[1] or (seen[2] or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'generation', ARGV[3], 'version', ARGV[4])
return 1`,
);
