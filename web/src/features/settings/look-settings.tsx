import { useState } from "react";
import { chooseTheme, type ThemeChoice, themeChoice } from "@/ui/theme";
import { Choices } from "./choices";

export function LookSettings() {
  const [choice, setChoice] = useState<ThemeChoice>(themeChoice);
  return (
    <Choices
      legend="Appearance"
      value={choice}
      options={[
        { value: "light", title: "Light" },
        { value: "dark", title: "Dark" },
        { value: "system", title: "As the system" },
      ]}
      onChoose={(next) => {
        setChoice(next);
        chooseTheme(next);
      }}
    />
  );
}
