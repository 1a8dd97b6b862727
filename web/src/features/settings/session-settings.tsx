import { useCallback, useEffect, useState } from "react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import type { Session } from "@/api/types";
import { ago } from "@/lib/time";
import { Button } from "@/ui/button";
import { Spinner, Trouble } from "@/ui/states";
import { toast } from "@/view/view";

/** Where one is signed in, and a way to end what one does not know. */
export function SessionSettings() {
  const [sessions, setSessions] = useState<Session[] | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);

  const load = useCallback(async () => {
    setTrouble(null);
    try {
      setSessions((await ask(api.GET("/v1/auth/sessions"))).items);
    } catch (error) {
      setTrouble(sentence(error));
    }
  }, []);
  useEffect(() => void load(), [load]);

  const end = async (session_id: string) => {
    await ask(api.DELETE("/v1/auth/sessions/{session_id}", { params: { path: { session_id } } })).catch(
      (error: unknown) => toast(sentence(error), true),
    );
    await load();
  };

  return (
    <section>
      <h3 className="mb-2 font-semibold">Sessions</h3>
      {trouble && <Trouble message={trouble} onRetry={() => void load()} />}
      {!sessions && !trouble && <Spinner />}
      <ul className="divide-y divide-line rounded-xl border border-line">
        {sessions?.map((session) => (
          <li key={session.id} className="flex items-center gap-3 px-3.5 py-2.5">
            <div className="min-w-0 flex-1 leading-snug">
              <p className="truncate text-sm font-medium">{deviceOf(session.user_agent)}</p>
              <p className="text-soft text-xs">
                {session.is_current ? "This one" : `Last used ${ago(session.last_used_at, Date.now())}`}
              </p>
            </div>
            {!session.is_current && <Button onClick={() => void end(session.id)}>End</Button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** "Chrome on Linux", as far as the browser's own words go. */
function deviceOf(agent: string): string {
  const browser = ["Edg", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(name));
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((name) =>
    agent.includes(name),
  );
  if (!browser) return agent || "Unknown device";
  return `${browser === "Edg" ? "Edge" : browser}${system ? ` on ${system}` : ""}`;
}
