// Runs a Python script in pyodide (CPython for WebAssembly) under node, as if it were an interpreter:
//   node pyodide.mjs PYODIDE_FOLDER SCRIPT [ARGUMENT...]
// The current folder and the arguments' folders are mounted, so that the files are real ones. A script
// with arguments gets no standard input.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, script, ...args] = process.argv.slice(2);

async function main() {
  const { loadPyodide } = await import(pathToFileURL(resolve(folder, "pyodide.mjs")));
  const env = { ...process.env, HOME: "/home/pyodide" };
  const python = await loadPyodide({ indexURL: folder, env, stdin: () => null });
  const here = process.cwd();
  const wanted = [here, ...args.map((name) => dirname(resolve(name)))];
  for (const path of new Set(wanted)) {
    if (wanted.some((other) => path.startsWith(other + "/"))) continue;
    python.FS.mkdirTree(path);
    python.mountNodeFS(path, path);
  }
  python.FS.chdir(here);
  const writer = (stream) => ({ write: (bytes) => (stream.write(Buffer.from(bytes)), bytes.length) });
  python.setStdout(writer(process.stdout));
  python.setStderr(writer(process.stderr));
  python.globals.set("job_text", args.length ? "" : readFileSync(0, "utf8"));
  python.globals.set("job_argv", python.toPy([script, ...args]));
  python.runPython("import io, sys; sys.argv = list(job_argv); sys.stdin = io.StringIO(job_text)");
  const globals = python.toPy({ __name__: "__main__" });
  python.runPython(readFileSync(script, "utf8"), { globals, filename: script });
  python.runPython("sys.stdout.flush(); sys.stderr.flush()");
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
