import { useEffect, useState } from "react";

type Found<T> = { items: T[]; is_loading: boolean; has_failed: boolean };

/** What a search brings, a moment after the last key; an answer that comes too late is dropped. */
export function useSearch<T>(query: string, search: (query: string) => Promise<T[]>, attempt = 0): Found<T> {
  const [found, setFound] = useState<Found<T>>({ items: [], is_loading: true, has_failed: false });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` is what a retry or a change changes.
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(
      async () => {
        const items = await search(query.trim()).catch(() => null);
        if (isCurrent) setFound({ items: items ?? [], is_loading: false, has_failed: items === null });
      },
      query === "" ? 0 : 150,
    );
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [query, search, attempt]);
  return found;
}
