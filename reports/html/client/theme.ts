// Light, dark, or as the system has it. Nothing is stored: a report leaves no trace in the browser.

export function themeSwitch(root: HTMLElement): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>(".theme button")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const theme = button.dataset.set ?? "";
      if (theme === "") delete root.dataset.theme;
      else root.dataset.theme = theme;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    });
  }
}
