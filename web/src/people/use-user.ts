import { useEffect } from "react";
import { useShallow } from "zustand/react/shallow";
import type { User } from "@/api/types";
import { useStore } from "@/cache/store";
import { wantUser } from "./load-users";

export function useUser(id: string | undefined): User | undefined {
  const user = useStore((state) => (id === undefined ? undefined : state.users[id]));
  useEffect(() => {
    if (!user && id !== undefined) wantUser(id);
  }, [user, id]);
  return user;
}

export function useUsers(ids: string[]): (User | undefined)[] {
  const users = useStore(useShallow((state) => ids.map((id) => state.users[id])));
  useEffect(() => {
    for (const id of ids) wantUser(id);
  }, [ids]);
  return users;
}

export const useIsOnline = (id: string | undefined): boolean =>
  useStore((state) => id !== undefined && state.presence[id]?.status === "online");

export const useMe = (): User | null => useStore((state) => state.me);
