import type { Message, MovedMark, ReadMark } from "@/api/types";
import type { Mark, State } from "./state";

/** Marks only move forward, and a later join starts anew: an older answer changes nothing. */
export function moveMarks(state: State, channelId: string, items: (MovedMark | ReadMark)[]): State {
  const held = state.marks[channelId] ?? {};
  const marks = { ...held };
  for (const { user_id, last_read_seq, joined_seq } of items) {
    const known = marks[user_id];
    const isNewer = !known || joined_seq > known.joined_seq;
    const isFurther = joined_seq === known?.joined_seq && last_read_seq > known.last_read_seq;
    if (isNewer || isFurther) marks[user_id] = { last_read_seq, joined_seq };
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

/** Whoever has left has read nothing, and an answer from before does not say otherwise. */
export function dropMark(state: State, channelId: string, userId: string, seq: number): State {
  return moveMarks(state, channelId, [
    { user_id: userId, message_id: null, last_read_seq: 0, joined_seq: seq },
  ]);
}
