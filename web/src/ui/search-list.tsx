import { type ReactNode, useState } from "react";
import { Field } from "./field";
import { Spinner, Trouble } from "./states";
import { useSearch } from "./use-search";

type Props<T> = {
  label: string;
  placeholder: string;
  search: (query: string) => Promise<T[]>;
  /** What is said when the search fails. */
  trouble: string;
  /** What stands there when nothing is found. */
  empty: ReactNode;
  children: (item: T) => ReactNode;
};

/** A field, and below it what it finds: one list item for each. */
export function SearchList<T>({ label, placeholder, search, trouble, empty, children }: Props<T>) {
  const [query, setQuery] = useState("");
  const [attempt, setAttempt] = useState(0);
  const { items, is_loading, has_failed } = useSearch(query, search, attempt);
  return (
    <>
      <Field
        label={label}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        placeholder={placeholder}
        autoComplete="off"
        data-autofocus
      />
      <div className="mt-3 min-h-56">
        {is_loading && <Spinner />}
        {has_failed && <Trouble message={trouble} onRetry={() => setAttempt(attempt + 1)} />}
        {!is_loading && !has_failed && items.length === 0 && empty}
        <ul>{items.map(children)}</ul>
      </div>
    </>
  );
}
