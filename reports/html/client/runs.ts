// One run at a time: choosing it in one section shows it in all. Without this script all runs stand below each other.

export function runs(): void {
  const selects = [...document.querySelectorAll<HTMLSelectElement>("select.run")];
  const show = (value: string) => {
    for (const select of selects) select.value = value;
    for (const block of document.querySelectorAll<HTMLElement>(".of-run")) block.hidden = block.dataset.run !== value;
  };
  for (const select of selects) select.addEventListener("change", () => show(select.value));
  if (selects[0] !== undefined) show(selects[0].value);
}
