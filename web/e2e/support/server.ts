import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");
const binary =
  process.env.HUBBUB_BIN ??
  [process.env.CARGO_TARGET_DIR ?? join(root, "target")]
    .flatMap((target) => [join(target, "debug/hubbub"), join(target, "release/hubbub")])
    .find(existsSync);

/** The real program on a SQLite file of its own, which outlives its restarts. */
export class Server {
  readonly url: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "hubbub-web-"));
  private child: ChildProcess | null = null;

  private constructor(
    private readonly port: number,
    private readonly settings: Record<string, string>,
  ) {
    this.url = `http://localhost:${port}`;
  }

  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const server = new Server(await freePort(), settings);
    await server.up();
    return server;
  }

  async up(): Promise<void> {
    if (!binary) throw new Error("hubbub is not built: run `cargo build` first");
    this.child = spawn(binary, ["serve"], {
      cwd: this.folder,
      stdio: "ignore",
      env: {
        ...process.env,
        HOST: "127.0.0.1",
        PORT: String(this.port),
        DATABASE_URL: `sqlite://${join(this.folder, "hubbub.db")}`,
        RATE_LIMITS: "off",
        ...this.settings,
      },
    });
    for (let tries = 0; tries < 200; tries += 1) {
      const isUp = await fetch(`${this.url}/readyz`)
        .then((answer) => answer.ok)
        .catch(() => false);
      if (isUp) return;
      await new Promise((wait) => setTimeout(wait, 50));
    }
    throw new Error("the server did not come up");
  }

  /** As a crash would end it. */
  async kill(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((end) => child.once("exit", end));
    child.kill("SIGKILL");
    await ended;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? found(address.port) : failed(new Error("no port")),
      );
    });
  });
}
