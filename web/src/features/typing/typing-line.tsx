import { useStore } from "@/cache/store";
import { useUsers } from "@/people/use-user";

/** Who is typing here, in a row of fixed height. */
export function TypingLine({ placeKey }: { placeKey: string }) {
  const ids = useStore((state) =>
    Object.keys(state.typing[placeKey] ?? {})
      .sort()
      .join(" "),
  );
  return (
    <div className="flex h-6 shrink-0 items-center gap-2 px-4 text-soft text-xs max-md:px-3" data-typing>
      {ids !== "" && <Typists ids={ids} />}
    </div>
  );
}

function Typists({ ids }: { ids: string }) {
  const users = useUsers(ids.split(" "));
  const names = users.map((user) => user?.display_name ?? "Someone");
  return (
    <>
      <span className="flex gap-0.5" aria-hidden="true">
        <i className="typing-dot size-1 rounded-full bg-accent" />
        <i className="typing-dot size-1 rounded-full bg-accent" />
        <i className="typing-dot size-1 rounded-full bg-accent" />
      </span>
      <span className="truncate">{typingText(names)}</span>
    </>
  );
}

export function typingText(names: string[]): string {
  const [first = "", second = ""] = names;
  if (names.length === 1) return `${first} is typing`;
  if (names.length === 2) return `${first} and ${second} are typing`;
  return `${names.length} people are typing`;
}
