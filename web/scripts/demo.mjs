// Fills a running instance with a believable small team, over the API: `make demo`.
//
//   node web/scripts/demo.mjs http://localhost:8080 [messages]
import { channels, fillers, people } from "./demo-cast.mjs";
import { dms, scenes } from "./demo-scenes.mjs";

const base = process.argv[2] ?? "http://localhost:8080";
const wanted = Number(process.argv[3] ?? 2_000);
const PASSWORD = "hubbub demo";

// The same conversations every time.
let seed = 7;
function random(below) {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * below);
}
const pick = (list) => list[random(list.length)];

async function call(token, method, path, body) {
  for (;;) {
    const answer = await fetch(base + path, {
      method,
      headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    }).catch(() => null);
    if (!answer) throw new Error(`Nobody answers at ${base}. Is it running? (\`make run\`)`);
    if (answer.status === 429 || answer.status === 503) {
      const seconds = Number(answer.headers.get("Retry-After") ?? 1);
      await new Promise((wait) => setTimeout(wait, seconds * 1_000));
      continue;
    }
    const result = answer.status === 204 ? null : await answer.json();
    if (!answer.ok)
      throw Object.assign(new Error(`${method} ${path}: ${result.detail}`), { code: result.code });
    return result;
  }
}

async function enter([username, display_name, avatar_color]) {
  let answer;
  try {
    answer = await call(null, "POST", "/v1/auth/register", { username, password: PASSWORD, display_name });
    await call(answer.access_token, "PATCH", "/v1/me", { avatar_color });
  } catch (error) {
    if (error.code !== "username_taken") throw error;
    answer = await call(null, "POST", "/v1/auth/login", { username, password: PASSWORD });
  }
  return { id: answer.user.id, name: display_name.split(" ")[0], token: answer.access_token };
}

const team = [];
for (const person of people) team.push(await enter(person));
const [founder] = team;

/** The team's channels by name: found, or made. */
const rooms = new Map();
for (const { id, name } of (await call(founder.token, "GET", "/v1/channels")).items)
  if (name) rooms.set(name, id);
for (const channel of channels) {
  if (rooms.has(channel.name)) continue;
  const { id } = await call(founder.token, "POST", "/v1/channels", channel);
  rooms.set(channel.name, id);
  for (const person of team.slice(1)) {
    if (channel.kind === "public") await call(person.token, "POST", `/v1/channels/${id}/join`);
    else if (random(3) === 0)
      await call(founder.token, "POST", `/v1/channels/${id}/members`, { user_id: person.id });
  }
}

let sent = 0;

async function say(room, speaker, text, parent_id) {
  sent += 1;
  if (sent % 200 === 0) console.log(`${sent} messages`);
  return call(speaker.token, "POST", `/v1/channels/${room}/messages`, {
    text,
    ...(parent_id && { parent_id }),
  });
}

/** A scene with a cast: every brace is filled in the same way throughout. */
async function play(room, scene, cast) {
  const filled = new Map(Object.entries(fillers).map(([name, values]) => [name, pick(values)]));
  for (const [letter, person] of Object.entries(cast)) filled.set(letter, person.name);
  const text = (line) => line.replace(/\{(\w+)\}/g, (_, name) => filled.get(name) ?? "");
  for (const [who, line, replies = []] of scene) {
    const message = await say(room, cast[who], text(line));
    for (const [replier, reply] of replies) await say(room, cast[replier], text(reply), message.id);
    if (random(40) === 0)
      await call(cast[who].token, "PATCH", `/v1/messages/${message.id}`, {
        text: `${text(line)} (sorry, typo)`,
      });
  }
}

function castFrom(list) {
  const left = [...list];
  const take = () => left.splice(random(left.length), 1)[0];
  return { a: take(), b: take(), c: take() ?? list[0] };
}

const members = new Map();
for (const [name, id] of rooms) {
  if (!scenes[name]) continue;
  const page = await call(founder.token, "GET", `/v1/channels/${id}/members?limit=100`);
  members.set(
    name,
    team.filter((person) => page.items.some(({ user }) => user.id === person.id)),
  );
}

/** Each of a channel's scenes in turn, so that none comes twice in a row. */
const turns = new Map();
function nextScene(name) {
  const turn = turns.get(name) ?? random(scenes[name].length);
  turns.set(name, turn + 1);
  return scenes[name][turn % scenes[name].length];
}

const names = [...members.keys()].filter((name) => (members.get(name)?.length ?? 0) >= 3);
while (sent < wanted) {
  const name = pick(names);
  await play(rooms.get(name), nextScene(name), castFrom(members.get(name)));
  if (random(12) === 0) {
    const cast = castFrom(team);
    const dm = await call(cast.a.token, "POST", "/v1/dms", { user_id: cast.b.id });
    await play(dm.id, pick(dms), cast);
  }
}

// Most have read most of it.
for (const person of team) {
  for (const channel of (await call(person.token, "GET", "/v1/channels")).items) {
    if (random(4) === 0) continue;
    const { items } = await call(person.token, "GET", `/v1/channels/${channel.id}/messages?limit=30`);
    const message = items.at(-1 - random(Math.min(6, items.length)));
    if (message)
      await call(person.token, "PUT", `/v1/channels/${channel.id}/read`, { message_id: message.id });
  }
}

console.log(
  `${sent} messages by ${team.length} people. Sign in at ${base} as ${people[0][0]}, password "${PASSWORD}".`,
);
