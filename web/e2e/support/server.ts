import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");
const binary =
  process.env.HUBBUB_BIN || join(process.env.CARGO_TARGET_DIR || join(root, "target"), "release/hubbub");

const UP_WITHIN_MS = 60_000;

/** The real program on a SQLite file of its own, which outlives its restarts. */
export class Server {
  readonly url: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "hubbub-web-"));
  private child: ChildProcess | null = null;

  private constructor(
    private readonly port: number,
    private readonly env: Record<string, string>,
  ) {
    this.url = `http://localhost:${port}`;
  }

  static async start(env: Record<string, string> = {}): Promise<Server> {
    const server = new Server(await freePort(), env);
    await server.up();
    return server;
  }

  async up(): Promise<void> {
    if (!existsSync(binary)) throw new Error(`there is no ${binary}: run \`cargo build --release\` first`);
    this.child = spawn(binary, ["serve"], {
      cwd: this.folder,
      stdio: "ignore",
      env: {
        ...process.env,
        HOST: "127.0.0.1",
        PORT: String(this.port),
        DATABASE_URL: `sqlite://${join(this.folder, "hubbub.db")}`,
        RATE_LIMITS: "off",
        ...this.env,
      },
    });
    const until = Date.now() + UP_WITHIN_MS;
    while (Date.now() < until && this.child.exitCode === null) {
      const isUp = await fetch(`${this.url}/readyz`)
        .then((answer) => answer.ok)
        .catch(() => false);
      if (isUp) return;
      await new Promise((wait) => setTimeout(wait, 20));
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

/** Below those that the system gives to clients, so that it is still free for a restart. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const isFree = await new Promise((found) => {
      const probe = createServer();
      probe.once("error", () => found(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => found(true)));
    });
    if (isFree) return port;
  }
}
