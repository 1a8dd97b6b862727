import { type FormEvent, useState } from "react";
import { api, ask } from "@/api/client";
import { sentence } from "@/api/problem";
import { change } from "@/cache/store";
import { putUser } from "@/cache/users";
import { useMe } from "@/people/use-user";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { toast } from "@/view/view";

/** The name that others see, and the colour behind its letters. */
export function ProfileSettings() {
  const me = useMe();
  const [name, setName] = useState(me?.display_name ?? "");
  const [color, setColor] = useState(me?.avatar_color ?? "#0c5f6c");
  const [trouble, setTrouble] = useState<string | null>(null);
  if (!me) return null;

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setTrouble(null);
    try {
      const user = await ask(
        api.PATCH("/v1/me", { body: { display_name: name.trim(), avatar_color: color } }),
      );
      change((state) => putUser(state, user));
      toast("Profile saved");
    } catch (error) {
      setTrouble(sentence(error));
    }
  };

  return (
    <form onSubmit={save}>
      <h3 className="mb-3 font-semibold">Profile</h3>
      <div className="flex items-start gap-4">
        <Avatar user={{ ...me, display_name: name || me.username, avatar_color: color }} size="lg" />
        <div className="flex-1 space-y-3">
          <Field
            label="Display name"
            value={name}
            maxLength={80}
            onChange={(event) => setName(event.target.value)}
            error={trouble}
            hint={`You sign in as ${me.username}.`}
          />
          <label className="flex items-center gap-3 text-sm font-medium">
            Avatar colour
            <input
              type="color"
              value={color}
              onChange={(event) => setColor(event.target.value)}
              className="h-9 w-14 cursor-pointer rounded-lg border border-line-strong bg-raised p-1"
            />
          </label>
          <Button
            type="submit"
            look="primary"
            disabled={name.trim() === "" || (name === me.display_name && color === me.avatar_color)}
          >
            Save
          </Button>
        </div>
      </div>
    </form>
  );
}
