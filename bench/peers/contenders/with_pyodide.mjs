// Pyodide on node. Speaks what protocol.py describes: a task a line, an answer a line.
//
// Its isolation is an interpreter: a sandbox is a whole loadPyodide(), from the snapshot that it can be started from.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const PRINT = "print('hello')";
const folder = process.env.PYODIDE_FOLDER;
const { loadPyodide, version } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const held = [];
let snapshot;

async function session() {
  if (!snapshot) {
    const first = await loadPyodide({ indexURL: folder, _makeSnapshot: true });
    snapshot = first.makeMemorySnapshot();
  }
  const python = await loadPyodide({ indexURL: folder, _loadSnapshot: snapshot });
  python.printed = [];
  python.setStdout({ batched: (line) => python.printed.push(line + "\n") });
  return python;
}

function execute(python, code) {
  python.printed.length = 0;
  python.runPython(code, { globals: python.toPy({ __name__: "__main__" }) });
  return python.printed.join("");
}

function print(python) {
  const output = execute(python, PRINT);
  if (output !== "hello\n") throw new Error(`${PRINT} printed ${JSON.stringify(output)}`);
}

async function samples(count, work) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const begun = process.hrtime.bigint();
    await work();
    times.push(Number(process.hrtime.bigint() - begun) / 1e3);
  }
  return { samples_us: times };
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

let program;
const tasks = {
  version: () => ({ version }),
  create: ({ count }) => samples(count, session),
  create_print_drop: ({ count }) => samples(count, async () => print(await session())),
  print_live: async ({ count }) => {
    const python = await session();
    print(python);
    return samples(count, () => print(python));
  },
  throughput: async ({ threads, seconds }) => {
    if (threads > 1) return "unsupported";
    await session();
    const begun = performance.now();
    let count = 0;
    while (performance.now() - begun < seconds * 1e3) {
      print(await session());
      count += 1;
    }
    return { per_second: (count * 1e3) / (performance.now() - begun) };
  },
  hold: async ({ count }) => {
    held.length = Math.min(held.length, count);
    while (held.length < count) {
      const python = await session();
      print(python);
      held.push(python);
    }
    return { held: held.length };
  },
  // In one interpreter: its code is compiled as it gets warm, and a fresh one would start cold.
  program: async ({ path }) => {
    program ??= await session();
    const source = readFileSync(path, "utf8");
    const begun = cpuSeconds();
    const output = execute(program, source);
    return { program: { cpu_s: cpuSeconds() - begun, output } };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { task, ...fields } = JSON.parse(line);
  let answer = "unsupported";
  try {
    if (tasks[task]) answer = await tasks[task](fields);
  } catch (error) {
    answer = { error: String(error.message ?? error).slice(-500) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
