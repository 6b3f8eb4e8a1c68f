// The keys.

const $ = (id) => document.getElementById(id);

/** `on`: step(by, errorsOnly), pause(), go(), unpick(), open() */
export function keys(on) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape") {
      if (typing) event.target.blur();
      else if (!$("detail").hidden) on.unpick();
      else on.go();
      return;
    }
    if (typing) return;
    const action = {
      "/": () => $("query").select(),
      "?": () => $("help-box").showModal(),
      j: () => on.step(1, false),
      k: () => on.step(-1, false),
      e: () => on.step(1, true),
      E: () => on.step(-1, true),
    }[event.key];
    const inList = event.target === $("list") || event.target === document.body;
    const more = inList && {
      ArrowDown: () => on.step(1, false),
      ArrowUp: () => on.step(-1, false),
      Enter: () => on.open(),
      " ": () => on.pause(),
      End: () => { on.unpick(); on.go(); },
    }[event.key];
    if (!(action || more)) return;
    event.preventDefault();
    (action || more)();
  });
}
