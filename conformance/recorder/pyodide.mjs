// Runs a Python script in pyodide (CPython for WebAssembly) under node, as if it were an interpreter:
//   node pyodide.mjs PYODIDE_FOLDER SCRIPT [ARGUMENT...]   with standard input, output and error
// The current folder of the caller is mounted, so that files are real ones.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { dirname, resolve } from "node:path";

const [folder, script, ...args] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(resolve(folder, "pyodide.mjs")));
const python = await loadPyodide({
  indexURL: folder,
  env: { ...process.env, HOME: "/home/pyodide" },
  stdin: () => null,
});
const mount = (path) => {
  python.FS.mkdirTree(path);
  python.mountNodeFS(path, path);
};
const here = process.cwd();
mount(here);
const folders = new Set(args.map((name) => dirname(resolve(name))));
for (const path of folders) if (!path.startsWith(here)) mount(path);
python.FS.chdir(here);
const writer = (fd) => ({ write: (bytes) => (fd.write(bytes), bytes.length), isatty: false });
python.setStdout(writer(process.stdout));
python.setStderr(writer(process.stderr));
python.globals.set("job_text", args.length ? "" : readFileSync(0, "utf8"));
python.globals.set("job_argv", python.toPy([script, ...args]));
python.runPython("import io, sys; sys.argv = list(job_argv); sys.stdin = io.StringIO(job_text)");
const names = python.toPy({ __name__: "__main__" });
python.runPython(readFileSync(script, "utf8"), { globals: names, filename: script });
python.runPython("sys.stdout.flush(); sys.stderr.flush()");
