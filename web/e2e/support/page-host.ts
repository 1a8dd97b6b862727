import { spawnSync } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";

const types: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** A static host for a page that was built for an API elsewhere. */
export class PageHost {
  private readonly folder = mkdtempSync(join(tmpdir(), "hubbub-page-"));

  private constructor(
    private readonly http: HttpServer,
    readonly origin: string,
  ) {}

  static async start(): Promise<PageHost> {
    const http = createServer();
    await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
    const address = http.address();
    const host = new PageHost(http, `http://localhost:${typeof address === "object" ? address?.port : 0}`);
    http.on("request", (request, answer) => {
      const wanted = join(host.folder, (request.url ?? "/").split("?")[0] ?? "");
      const path = extname(wanted) && existsSync(wanted) ? wanted : join(host.folder, "index.html");
      answer.setHeader("Content-Type", types[extname(path)] ?? "text/html");
      createReadStream(path).pipe(answer);
    });
    return host;
  }

  build(apiUrl: string): void {
    const built = spawnSync(
      "node_modules/.bin/vite",
      ["build", "--logLevel", "error", "--outDir", this.folder, "--emptyOutDir"],
      { cwd: resolve(import.meta.dirname, "../.."), env: { ...process.env, VITE_API_URL: apiUrl } },
    );
    if (built.status !== 0) throw new Error(`the page was not built: ${built.stderr}`);
  }

  end(): void {
    this.http.closeAllConnections();
    this.http.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
