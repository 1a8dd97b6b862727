import type { Member, Role, User } from "@/api/types";
import type { MemberList, State } from "./state";
import { putUser } from "./users";

const nobody: MemberList = { items: {}, seqs: {} };

/** Starts to follow who comes and goes, before the first page is asked for. */
export function openMembers(state: State, channelId: string): State {
  return state.members[channelId] ? state : put(state, channelId, nobody);
}

/** Nobody looks any more: what comes and goes from now on is not followed. */
export function closeMembers(state: State, channelId: string): State {
  const { [channelId]: _, ...members } = state.members;
  return { ...state, members };
}

/** One page of a channel's members, counted up to `seq`. Who came or went later is left as events said. */
export function addMembers(
  state: State,
  channelId: string,
  page: { items: Member[]; state_seq: number },
): State {
  let next = state;
  const held = state.members[channelId] ?? nobody;
  const items = { ...held.items };
  for (const member of page.items) {
    next = putUser(next, member.user, member.user.presence);
    const { id } = member.user;
    const known = held.seqs[id];
    if (!known || known.seq <= page.state_seq) items[id] = member;
    else if (known.role && !items[id]) items[id] = { ...member, role: known.role };
  }
  return put(next, channelId, { ...held, items });
}

export function joinMember(state: State, channelId: string, user: User, seq: number): State {
  const next = putUser(state, user);
  const held = next.members[channelId];
  if (!held || isOld(held, user.id, seq)) return next;
  const presence = next.presence[user.id] ?? { status: "offline" as const, last_seen_at: null };
  const member: Member = { user: { ...user, presence }, role: "member", joined_at: new Date().toISOString() };
  return put(next, channelId, {
    ...held,
    items: { ...held.items, [user.id]: held.items[user.id] ?? member },
    seqs: { ...held.seqs, [user.id]: { seq, is_member: true } },
  });
}

export function leaveMember(state: State, channelId: string, userId: string, seq: number): State {
  const held = state.members[channelId];
  if (!held || isOld(held, userId, seq)) return state;
  const { [userId]: _, ...items } = held.items;
  return put(state, channelId, {
    ...held,
    items,
    seqs: { ...held.seqs, [userId]: { seq, is_member: false } },
  });
}

/** Remembered also where the member is still to be read: that page may be older. */
export function changeRole(state: State, channelId: string, userId: string, role: Role, seq: number): State {
  const held = state.members[channelId];
  if (!held || isOld(held, userId, seq)) return state;
  const member = held.items[userId];
  return put(state, channelId, {
    ...held,
    items: member ? { ...held.items, [userId]: { ...member, role } } : held.items,
    seqs: { ...held.seqs, [userId]: { seq, is_member: true, role } },
  });
}

function isOld(list: MemberList, userId: string, seq: number): boolean {
  return (list.seqs[userId]?.seq ?? 0) >= seq;
}

function put(state: State, channelId: string, list: MemberList): State {
  return { ...state, members: { ...state.members, [channelId]: list } };
}
