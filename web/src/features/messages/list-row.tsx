import { memo, useState } from "react";
import { timeOf } from "@/lib/time";
import { useUser } from "@/people/use-user";
import { cn } from "@/ui/cn";
import { DayDivider, NewLine } from "./dividers";
import { MessageRow } from "./message-row";
import { PendingRow } from "./pending-row";
import type { Row } from "./rows";

type Props = { row: Row; next: Row | undefined; me: string; isInThread: boolean };

/** One row of the list, with what stands above it: the day, the "New" line. */
export const ListRow = memo(
  function ListRow({ row, next, me, isInThread }: Props) {
    const senderId = row.kind === "message" ? row.message.sender_id : me;
    const sender = useUser(senderId);
    const at = row.kind === "message" ? row.message.created_at : row.pending.created_at;
    const [isNear, setIsNear] = useState(false);
    const comeNear = () => setIsNear(true);
    const nextInGroup = next?.kind === "message" && !row.ends_group ? next.message : null;
    return (
      <>
        {row.day && <DayDivider at={row.day} />}
        {row.is_first_unread && <NewLine />}
        <article
          aria-label={`${sender?.display_name ?? "…"}, ${timeOf(at)}`}
          data-row={row.key}
          data-message-id={row.kind === "message" ? row.message.id : undefined}
          tabIndex={-1}
          onPointerEnter={comeNear}
          onFocus={comeNear}
          className={cn(
            "group rounded-xl",
            row.starts_group ? "pt-2.5" : "pt-0.5",
            row.ends_group && "pb-0.5",
          )}
        >
          {row.kind === "pending" ? (
            <PendingRow pending={row.pending} startsGroup={row.starts_group} />
          ) : (
            <MessageRow
              message={row.message}
              nextInGroup={nextInGroup}
              startsGroup={row.starts_group}
              isOwn={row.message.sender_id === me}
              isInThread={isInThread}
              isNear={isNear}
            />
          )}
        </article>
      </>
    );
  },
  (a, b) =>
    a.row === b.row &&
    a.me === b.me &&
    a.isInThread === b.isInThread &&
    (a.row.ends_group || a.next === b.next),
);
