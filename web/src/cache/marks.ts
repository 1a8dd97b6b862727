import type { Message, MovedMark, ReadMark } from "@/api/types";
import type { Mark, State } from "./state";

/** Marks only move forward, so an older answer changes nothing. */
export function moveMarks(state: State, channelId: string, items: (MovedMark | ReadMark)[]): State {
  const held = state.marks[channelId] ?? {};
  const marks = { ...held };
  for (const { user_id, last_read_seq, joined_seq } of items) {
    const known = marks[user_id];
    if (!known || joined_seq > known.joined_seq || last_read_seq > known.last_read_seq) {
      marks[user_id] = { last_read_seq, joined_seq };
    }
  }
  return { ...state, marks: { ...state.marks, [channelId]: marks } };
}

/** Who has read a message: members other than its sender, who joined before it and read past it. */
export function readersOf(marks: Record<string, Mark> | undefined, message: Message): string[] {
  if (!marks) return [];
  return Object.entries(marks)
    .filter(
      ([userId, mark]) =>
        userId !== message.sender_id && mark.joined_seq < message.seq && message.seq <= mark.last_read_seq,
    )
    .map(([userId]) => userId)
    .sort();
}

export function dropMark(state: State, channelId: string, userId: string): State {
  const held = state.marks[channelId];
  if (!held || !(userId in held)) return state;
  const { [userId]: _, ...rest } = held;
  return { ...state, marks: { ...state.marks, [channelId]: rest } };
}
