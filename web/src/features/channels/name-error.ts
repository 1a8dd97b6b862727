import type { Failure } from "@/api/problem";

/** What is wrong with a channel's name, if that is why it was refused. */
export function nameError(failure: Failure | null): string | null {
  return failure?.code === "name_taken"
    ? "There is a channel of this name."
    : (failure?.field("name") ?? null);
}
