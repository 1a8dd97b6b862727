import { SignIn } from "@/features/accounts/sign-in";
import { Spinner, Trouble } from "@/ui/states";
import { Boundary } from "./boundary";
import { login, register, resume, useSession } from "./session";
import { Shell } from "./shell";

export function App() {
  return (
    <Boundary>
      <Entrance />
    </Boundary>
  );
}

function Entrance() {
  const { standing, note } = useSession();
  switch (standing) {
    case "unknown":
      return (
        <main className="flex h-full items-center justify-center">
          <Spinner />
        </main>
      );
    case "unreachable":
      return (
        <main className="flex h-full items-center justify-center">
          <Trouble message="The server cannot be reached." onRetry={() => void resume()} />
        </main>
      );
    case "out":
      return <SignIn note={note} onLogin={login} onRegister={register} />;
    case "in":
      return <Shell />;
  }
}
