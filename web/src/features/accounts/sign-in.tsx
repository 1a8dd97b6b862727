import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Mark } from "@/ui/mark";
import { useAttempt } from "@/ui/use-attempt";

type Login = { username: string; password: string };
type Props = {
  note: string | null;
  onLogin: (body: Login) => Promise<void>;
  onRegister: (body: Login & { display_name?: string }) => Promise<void>;
};

/** The door: sign in, or make an account. */
export function SignIn({ note, onLogin, onRegister }: Props) {
  const [isNew, setIsNew] = useState(false);
  const { failure, isBusy, attempt, forgive } = useAttempt();
  const fields = useRef<HTMLFormElement>(null);

  // A phone's keyboard would cover the page that one has just opened.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) fields.current?.querySelector("input")?.focus();
  }, []);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = (name: string) => String(form.get(name) ?? "");
    const body = { username: value("username").trim().toLowerCase(), password: value("password") };
    const display_name = value("display_name").trim();
    void attempt(() =>
      isNew ? onRegister({ ...body, ...(display_name && { display_name }) }) : onLogin(body),
    );
  };

  const fieldErrors = failure?.problem?.errors ?? [];
  const taken = failure?.code === "username_taken" ? "This username is taken." : null;
  return (
    <main className="flex min-h-full items-center justify-center overflow-y-auto bg-side px-4 py-10">
      <div className="w-full max-w-[23rem]">
        <div className="mb-7 flex flex-col items-center text-center">
          <Mark className="mb-4 size-14" />
          <h1 className="text-2xl font-semibold tracking-tight">
            {isNew ? "Join Hubbub" : "Sign in to Hubbub"}
          </h1>
          <p className="mt-1 text-soft">
            {isNew ? "A name and a password are all it takes." : "Good to see you again."}
          </p>
        </div>
        <form
          ref={fields}
          onSubmit={submit}
          className="space-y-4 rounded-2xl border border-line bg-page p-6 shadow-pop"
          noValidate
        >
          {note && !failure && <p className="rounded-lg bg-accent-tint px-3 py-2 text-sm">{note}</p>}
          {failure && fieldErrors.length === 0 && !taken && (
            <p role="alert" className="rounded-lg border border-signal px-3 py-2 text-signal-text text-sm">
              {failure.code === "invalid_credentials" ? "Username or password is wrong." : failure.message}
            </p>
          )}
          <Field
            label="Username"
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            error={taken ?? failure?.field("username")}
            {...(isNew && { hint: "3 to 32 of a–z, 0–9, dot, dash, underscore" })}
          />
          {isNew && (
            <Field
              label="Display name"
              name="display_name"
              autoComplete="name"
              hint="What others see. Optional."
              error={failure?.field("display_name") ?? null}
            />
          )}
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete={isNew ? "new-password" : "current-password"}
            required
            error={failure?.field("password") ?? null}
            {...(isNew && { hint: "At least 8 characters" })}
          />
          <Button type="submit" look="primary" className="w-full" disabled={isBusy}>
            {isNew ? "Create account" : "Sign in"}
          </Button>
        </form>
        <p className="mt-5 text-center text-soft text-sm">
          {isNew ? "Have an account?" : "New here?"}{" "}
          <button
            type="button"
            className="font-semibold text-accent-strong hover:underline max-md:py-3"
            onClick={() => {
              setIsNew(!isNew);
              forgive();
            }}
          >
            {isNew ? "Sign in" : "Create an account"}
          </button>
        </p>
      </div>
    </main>
  );
}
