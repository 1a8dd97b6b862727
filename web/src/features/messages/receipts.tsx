import { useMemo } from "react";
import type { Message } from "@/api/types";
import { readersOf } from "@/cache/marks";
import { useStore } from "@/cache/store";
import { useUsers } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";

const MOST = 5;
const names = new Intl.ListFormat(undefined, { type: "conjunction" });

/** Who has read an own message. Inside a group each reader stands once, under the last message that they have read. */
export function Receipts({ message, nextInGroup }: { message: Message; nextInGroup: Message | null }) {
  const marks = useStore((state) => state.marks[message.channel_id]);
  const readers = useMemo(() => {
    const further = new Set(nextInGroup ? readersOf(marks, nextInGroup) : []);
    return readersOf(marks, message).filter((id) => !further.has(id));
  }, [marks, message, nextInGroup]);
  return readers.length === 0 ? null : <Readers ids={readers} />;
}

function Readers({ ids }: { ids: string[] }) {
  const users = useUsers(ids);
  const read = `Read by ${names.format(users.map((user) => user?.display_name ?? "someone"))}`;
  const more = users.length - MOST;
  return (
    <button
      type="button"
      aria-label={read}
      className="group/read relative flex items-center gap-0.5 rounded"
      tabIndex={-1}
    >
      {users.slice(0, MOST).map((user, index) => (
        <Avatar key={user?.id ?? index} user={user} size="xs" />
      ))}
      {more > 0 && <span className="ml-0.5 text-[11px] text-soft">+{more}</span>}
      <span className="pointer-events-none absolute right-0 bottom-full z-20 mb-1 hidden w-max max-w-60 rounded-md bg-ink px-2 py-1 text-left text-page text-xs group-hover/read:block group-focus/read:block">
        {read}
      </span>
    </button>
  );
}
