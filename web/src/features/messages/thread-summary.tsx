import { useEffect, useState } from "react";
import type { Message } from "@/api/types";
import { plural } from "@/lib/text";
import { ago } from "@/lib/time";
import { useUsers } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";
import { go, threadPath } from "@/view/paths";

/** "3 replies, last reply 2 minutes ago": opens the thread. */
export function ThreadSummary({ message }: { message: Message }) {
  const users = useUsers(message.reply_user_ids);
  const now = useNow();
  const replies = plural(message.reply_count, "reply", "replies");
  return (
    <button
      type="button"
      onClick={() => go(threadPath(message.channel_id, message.id))}
      className="mt-1 inline-flex min-h-7 max-w-full items-center gap-2 rounded-lg px-1.5 text-left text-[13px] hover:bg-hover max-md:min-h-11"
    >
      <span className="flex shrink-0 gap-0.5">
        {users.slice(0, 3).map((user, index) => (
          <Avatar key={user?.id ?? index} user={user} size="sm" />
        ))}
      </span>
      <span className="whitespace-nowrap font-semibold text-accent-strong">{replies}</span>
      {message.last_reply_at && (
        <span className="min-w-0 truncate text-soft">
          <span className="max-sm:sr-only">last reply</span> {ago(message.last_reply_at, now)}
        </span>
      )}
    </button>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
