//! The scripts. Redis runs each as a whole and writes its effects to the log and to replicas as one transaction.
//!
//! `KEYS` are the bucket's index, its ends and, but for lists, the entry; `ARGV[1]` is the entry's key then. What a script
//! reaches besides are other entries of the same bucket, which lie in the same slot.

use redis::Script;

/// The script's clock stands still while it runs, and so does that of entries' expiry.
const NOW: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
";

/// Takes out keys of entries that are over, up to `most`: more than a change adds, so that they never pile up. An entry
/// that is there after all, for it was set anew by somebody past these scripts, stays.
const TIDY: &str = r"
local function tidy(most)
  local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. string.format('%.0f', now), 'LIMIT', 0, most)
  for _, key in ipairs(over) do
    if redis.call('EXISTS', KEYS[1] .. '/' .. key) == 0 then redis.call('ZREM', KEYS[1], key) end
    redis.call('ZREM', KEYS[2], key)
  end
  return #over
end
";

/// Notes a key and when its entry ends: none for never.
const NOTE: &str = r"
local function ending(ttl) return string.format('%.0f', now + tonumber(ttl)) end
local function note(ttl)
  redis.call('ZADD', KEYS[1], 0, ARGV[1])
  if ttl == '' then redis.call('ZREM', KEYS[2], ARGV[1]) else redis.call('ZADD', KEYS[2], ending(ttl), ARGV[1]) end
  tidy(4)
end
local function put(value, ttl)
  if ttl == '' then redis.call('SET', KEYS[3], value) else redis.call('SET', KEYS[3], value, 'PXAT', ending(ttl)) end
  note(ttl)
end
local function drop()
  local gone = redis.call('DEL', KEYS[3])
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  tidy(4)
  return gone
end
";

/// `ARGV[2]` value, `[3]` milliseconds to live or empty, `[4]` 1 to leave what is there. Gives whether it was set.
const SET: &str = r"
if ARGV[4] == '1' and redis.call('EXISTS', KEYS[3]) == 1 then return 0 end
put(ARGV[2], ARGV[3])
return 1
";

/// Gives whether it was there.
const DELETE: &str = "return drop()";

/// `ARGV[2]` what to add, `[3]` milliseconds to live for a new one. Gives the sum as text, since Lua's numbers have 53 bits;
/// nothing if there is no integer or the sum would be none.
const INCREMENT: &str = r"
local is_new = redis.call('EXISTS', KEYS[3]) == 0
local done = redis.pcall('INCRBY', KEYS[3], ARGV[2])
if type(done) == 'table' and done.err then
  if string.find(done.err, 'not an integer') or string.find(done.err, 'overflow') then return false end
  return done
end
if is_new then
  if ARGV[3] ~= '' then redis.call('PEXPIREAT', KEYS[3], ending(ARGV[3])) end
  note(ARGV[3])
end
return redis.call('GET', KEYS[3])
";

/// `ARGV[2]` 1 if `[3]` is expected, else nothing is; `[4]` 1 to set `[5]`, else it is deleted; `[6]` milliseconds to live.
/// Gives 1, or 0 and what is there.
const COMPARE_AND_SET: &str = r"
local found = redis.call('GET', KEYS[3])
if found ~= (ARGV[2] == '1' and ARGV[3]) then return {0, found} end
if ARGV[4] == '1' then put(ARGV[5], ARGV[6]) elseif found then drop() end
return {1, false}
";

/// `ARGV[1]` and `[2]` bound the keys, `[3]` is the most that are wanted, `[4]` the most that are looked at, so that nobody
/// else waits long. Gives keys and values in turn, and from where to go on; nothing if there is no more.
const LIST: &str = r"
local from, limit, left, found = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), {}
while limit > 0 and left > 0 do
  local keys = redis.call('ZRANGEBYLEX', KEYS[1], from, ARGV[2], 'LIMIT', 0, limit)
  if #keys == 0 then return {found, false} end
  local names = {}
  for i, key in ipairs(keys) do names[i] = KEYS[1] .. '/' .. key end
  local values = redis.call('MGET', unpack(names))
  local asked = limit
  for i, key in ipairs(keys) do
    if values[i] then
      table.insert(found, key)
      table.insert(found, values[i])
      limit = limit - 1
    else
      redis.call('ZREM', KEYS[1], key)
      redis.call('ZREM', KEYS[2], key)
    end
  end
  if #keys < asked then return {found, false} end
  left = left - #keys
  from = '(' .. keys[#keys]
end
return {found, from}
";

/// `ARGV[1]` is how many to look at; gives how many there were.
const EXPIRE: &str = "return tidy(tonumber(ARGV[1]))";

/// All of them, ready to be called by their hashes.
pub(crate) struct Scripts {
    pub(crate) set: Text,
    pub(crate) delete: Text,
    pub(crate) increment: Text,
    pub(crate) compare_and_set: Text,
    pub(crate) list: Text,
    pub(crate) expire: Text,
}

/// One script.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) hash: String,
}

impl Text {
    fn new(parts: &[&str]) -> Self {
        let text = parts.concat();
        let hash = Script::new(&text).get_hash().to_owned();
        Self { text, hash }
    }
}

impl Scripts {
    pub(crate) fn new() -> Self {
        let change = |body: &str| Text::new(&[NOW, TIDY, NOTE, body]);
        Self {
            set: change(SET),
            delete: change(DELETE),
            increment: change(INCREMENT),
            compare_and_set: change(COMPARE_AND_SET),
            list: Text::new(&[LIST]),
            expire: Text::new(&[NOW, TIDY, EXPIRE]),
        }
    }
}
