import type { StreamEvent } from "@/api/types";

/** Whom an event is for, besides the members of its channel. */
export type About = {
  channel_id: string | null;
  /** Who hears of it in any case. */
  user_id?: string;
  /** Of a reply: its root, and the root's author. */
  thread?: { root_id: string; author_id: string };
};

type Entry = About & { seq: number; live: StreamEvent; now: () => StreamEvent };

/** What a reader may hear of. */
export type Ears = { me: string; joinedSeq: (channelId: string) => number | undefined; threads: Set<string> };

/** The log of a model server: each event as it was, and as a later replay shows it. */
export class ModelLog {
  head = 0;
  private readonly entries: Entry[] = [];

  append(about: About, now: () => StreamEvent): void {
    this.head += 1;
    this.entries.push({ ...about, seq: this.head, live: now(), now });
  }

  /** As they were: what a stream brings while it lasts. */
  live(after: number, ears: Ears): StreamEvent[] {
    return this.heard(after, ears, false).map((entry) => entry.live);
  }

  /** As the objects are now, from the last join on: what a stream begins with. */
  replay(after: number, ears: Ears): StreamEvent[] {
    return this.heard(after, ears, true).map((entry) => entry.now());
  }

  private heard(after: number, { me, joinedSeq, threads }: Ears, isReplay: boolean): Entry[] {
    return this.entries.filter(({ seq, channel_id, user_id, thread }) => {
      if (seq <= after) return false;
      if (user_id === me || channel_id === null) return true;
      const joined = joinedSeq(channel_id);
      if (joined === undefined || (isReplay && seq < joined)) return false;
      return !thread || thread.author_id === me || threads.has(thread.root_id);
    });
  }
}
