import { useState } from "react";
import { asFailure, type Failure } from "@/api/problem";

type Attempt = {
  /** Why the last try failed. */
  failure: Failure | null;
  isBusy: boolean;
  attempt: (work: () => Promise<unknown>) => Promise<void>;
  forgive: () => void;
};

/** Something that the server may refuse. Once it has gone well, what asked for it closes, and so it stays busy until then. */
export function useAttempt(): Attempt {
  const [failure, setFailure] = useState<Failure | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const forgive = () => setFailure(null);
  const attempt = async (work: () => Promise<unknown>) => {
    setIsBusy(true);
    forgive();
    try {
      await work();
    } catch (error) {
      setFailure(asFailure(error));
      setIsBusy(false);
    }
  };
  return { failure, isBusy, attempt, forgive };
}
