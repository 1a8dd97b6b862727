import type { Problem } from "./types";

/** A request that did not succeed: refused with a problem, or never answered (`problem` is null then). */
export class Failure extends Error {
  constructor(
    readonly problem: Problem | null,
    readonly status: number,
    readonly retryAfterMs: number | null = null,
  ) {
    super(problem?.detail ?? (status === 0 ? "The server cannot be reached." : "Something went wrong."));
  }

  get code(): Problem["code"] | null {
    return this.problem?.code ?? null;
  }

  /** Whether the same request may succeed later. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** The message for one field of a form, if the server complained about it. */
  field(name: string): string | null {
    const message = this.problem?.errors?.find((error) => error.field === name)?.message;
    return message ? message.charAt(0).toUpperCase() + message.slice(1) : null;
  }
}

export function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure(null, 0);
}

/** Why something failed, in a sentence for people. */
export function sentence(error: unknown): string {
  const failure = asFailure(error);
  const first = failure.problem?.errors?.[0];
  return first ? `${first.field}: ${first.message}` : failure.message;
}
