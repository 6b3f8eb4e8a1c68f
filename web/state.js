// What one looks at, in the URL: a link shows another the same.

const NAMES = ["q", "level", "logger", "from", "to", "view", "at"];

export function read() {
  const parameters = new URLSearchParams(location.search);
  const state = {};
  for (const name of NAMES) state[name] = parameters.get(name) ?? "";
  for (const name of ["from", "to", "at"]) state[name] = Number(state[name]) || null;
  return state;
}

export function write(state, push) {
  const parameters = new URLSearchParams();
  for (const name of NAMES) if (state[name]) parameters.set(name, state[name]);
  const text = parameters.toString();
  const url = text ? `?${text}` : location.pathname;
  if (url === (location.search || location.pathname)) return;
  history[push ? "pushState" : "replaceState"](null, "", url);
}
