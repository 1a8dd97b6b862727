import type { FormEvent } from "react";
import { sentence } from "@/api/problem";
import { useStore } from "@/cache/store";
import { archiveChannel, leaveChannel, updateChannel } from "@/people/channel-actions";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { useAttempt } from "@/ui/use-attempt";
import { closeDialog, confirmFirst } from "@/view/view";
import { nameError } from "./name-error";

/** What can be done to a channel: by its owner all of it, by a member leaving. */
export function ChannelDialog({ channelId }: { channelId: string }) {
  const view = useStore((state) => state.channels[channelId]?.view);
  const { failure, isBusy, attempt } = useAttempt();
  if (!view) return null;
  const isOwner = view.role === "owner";
  const isArchived = view.archived_at !== null;

  const run = (work: () => Promise<void>) =>
    attempt(async () => {
      await work();
      closeDialog();
    });

  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get("name")).trim();
    const description = String(form.get("description")).trim();
    void run(() => updateChannel(channelId, { ...(name !== view.name && { name }), description }));
  };

  const leave = () => {
    if (view.kind !== "private") return void run(() => leaveChannel(channelId));
    confirmFirst({
      title: `Leave #${view.name}?`,
      text: "It is private: you can come back only if somebody in it adds you.",
      action: "Leave",
      run: () => leaveChannel(channelId),
    });
  };

  const open = () => void run(() => archiveChannel(channelId, false));
  const archive = () =>
    confirmFirst({
      title: `Archive #${view.name}?`,
      text: "Everyone can still read it, and nobody can write until you open it again.",
      action: "Archive",
      run: () => archiveChannel(channelId, true),
    });

  return (
    <Dialog title={`#${view.name}`} onClose={closeDialog}>
      {isOwner && !isArchived ? (
        <form onSubmit={save} className="space-y-4">
          <Field
            label="Name"
            name="name"
            defaultValue={view.name ?? ""}
            required
            maxLength={80}
            autoComplete="off"
            error={nameError(failure)}
          />
          <Field
            label="Description"
            name="description"
            defaultValue={view.description}
            maxLength={500}
            autoComplete="off"
          />
          <Button type="submit" look="primary" disabled={isBusy}>
            Save
          </Button>
        </form>
      ) : (
        <p className="text-soft">{view.description || "No description."}</p>
      )}
      {failure && !nameError(failure) && (
        <p role="alert" className="mt-3 text-signal-text text-sm">
          {sentence(failure)}
        </p>
      )}
      <div className="mt-6 flex flex-wrap gap-2 border-line border-t pt-4">
        <Button disabled={isBusy} onClick={leave}>
          Leave channel
        </Button>
        {isOwner && (
          <Button disabled={isBusy} onClick={isArchived ? open : archive}>
            {isArchived ? "Open again" : "Archive channel"}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
