// The scenarios of the folder, with a field to find one.
import { fill, h } from "./dom.ts";

interface Listed {
  readonly name: string;
  readonly isScenario: boolean;
}

export class FileList {
  readonly element: HTMLElement;
  private readonly list = h("ul", { class: "files", "aria-label": "files" });
  private readonly filter: HTMLInputElement;
  private readonly others: HTMLInputElement;
  private readonly onOpen: (name: string) => void;
  private files: readonly Listed[] = [];
  private open = "";

  constructor(onOpen: (name: string) => void) {
    this.onOpen = onOpen;
    this.filter = h("input", {
      type: "search",
      placeholder: "find a scenario",
      "aria-label": "find a scenario",
      oninput: () => this.draw(),
    });
    this.others = h("input", { type: "checkbox", onchange: () => this.draw() });
    this.element = h(
      "div",
      {},
      this.filter,
      h("label", { class: "small muted" }, this.others, " other YAML files too"),
      this.list,
    );
  }

  show(files: readonly Listed[], open: string): void {
    this.files = files;
    this.open = open;
    // a folder of manifests alone would look empty
    if (!files.some(({ isScenario }) => isScenario)) this.others.checked = true;
    this.draw();
  }

  private draw(): void {
    const words = this.filter.value.toLowerCase().split(/\s+/);
    const shown = this.files.filter(
      ({ isScenario, name }) =>
        (isScenario || this.others.checked || name === this.open) &&
        words.every((word) => name.toLowerCase().includes(word)),
    );
    const folders = new Map<string, string[]>();
    for (const { name } of shown) {
      const folder = name.slice(0, name.lastIndexOf("/") + 1);
      folders.set(folder, [...(folders.get(folder) ?? []), name]);
    }
    fill(
      this.list,
      [...folders].map(([folder, names]) => [
        folder === "" ? null : h("li", { class: "folder" }, folder),
        names.map((name) => h("li", {}, this.button(name, name.slice(folder.length)))),
      ]),
      shown.length === 0 ? h("li", { class: "muted" }, "none") : null,
    );
  }

  private button(name: string, text: string): HTMLElement {
    const isOpen = name === this.open;
    return h(
      "button",
      { type: "button", title: name, "aria-current": isOpen ? "true" : null, onclick: () => this.onOpen(name) },
      text,
    );
  }
}
