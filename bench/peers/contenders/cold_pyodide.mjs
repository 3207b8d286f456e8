// Pyodide from the start of node to the first output.

import { pathToFileURL } from "node:url";

const folder = process.env.PYODIDE_FOLDER;
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: folder });
python.runPython("print('hello')");
