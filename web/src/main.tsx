import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app";
import { resume } from "./app/session";
import "./ui/styles.css";
import { followTheme } from "./ui/theme";

followTheme();
void resume();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
