import type { FormEvent } from "react";
import { createChannel } from "@/people/channel-actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { useAttempt } from "@/ui/use-attempt";
import { closeDialog } from "@/view/view";
import { nameError } from "./name-error";

export function CreateDialog() {
  const { failure, isBusy, attempt } = useAttempt();

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const kind = form.get("kind") === "private" ? "private" : "public";
    void attempt(async () => {
      await createChannel({
        name: String(form.get("name")).trim(),
        description: String(form.get("description")).trim(),
        kind,
      });
      closeDialog();
    });
  };

  return (
    <Dialog title="Create a channel" onClose={closeDialog}>
      <form onSubmit={submit} className="space-y-4 pt-1">
        <Field
          label="Name"
          name="name"
          required
          maxLength={80}
          autoComplete="off"
          data-autofocus
          placeholder="garden"
          error={nameError(failure)}
        />
        <Field
          label="Description"
          name="description"
          maxLength={500}
          autoComplete="off"
          hint="What it is for. Optional."
          error={failure?.field("description") ?? null}
        />
        <fieldset>
          <legend className="mb-1 text-sm font-medium">Who may see it</legend>
          <Choice value="public" title="Public" hint="Everyone can find, read and join it." isDefault />
          <Choice value="private" title="Private" hint="Only for those who are added." />
        </fieldset>
        {failure && !nameError(failure) && !failure.field("description") && (
          <p role="alert" className="text-signal-text text-sm">
            {failure.message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={closeDialog}>
            Cancel
          </Button>
          <Button type="submit" look="primary" disabled={isBusy}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Choice({
  value,
  title,
  hint,
  isDefault = false,
}: {
  value: string;
  title: string;
  hint: string;
  isDefault?: boolean;
}) {
  return (
    <label className="mt-1.5 flex cursor-pointer items-center gap-3 rounded-xl border border-line-strong px-3 py-2.5 has-checked:border-accent has-checked:bg-accent-tint">
      <input
        type="radio"
        name="kind"
        value={value}
        defaultChecked={isDefault}
        className="size-4 accent-accent"
      />
      <span>
        <span className="block font-medium">{title}</span>
        <span className="block text-soft text-sm">{hint}</span>
      </span>
    </label>
  );
}
