//! A spreadsheet whose formulas are Python: `=sum(A1, A2) * 2`. Formulas of users who should not be able to do harm,
//! evaluated in one sandbox, with an error in the cell where one fails.
//!
//! Shows the sheet below, or one in a file: `formulas sheet.txt`.

#![forbid(unsafe_code)]

use hatchery::{Error, Runtime, Sandbox};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SHEET: &str = "
A1 12
A2 30
A3 =A1 + A2
B1 =round(sqrt(A3), 3)
B2 =average(A1, A2, A3)
C1 =A1 / 0
C2 =C3
C3 =C2
D1 =sum(1 for _ in iter(int, 1))
D2 =__import__('os').listdir('/etc')
D3 =A1 +
D4 ='x' * 10 ** 9
D5 =__import__('sys').exit(1)
";

/// What formulas can use beside Python's own functions.
const LIBRARY: &str = "
from math import *
import ast, statistics
def average(*values): return statistics.fmean(values)
def references(formula):
    return sorted({node.id for node in ast.walk(ast.parse(formula, mode='eval'))
                   if isinstance(node, ast.Name) and node.id[:1].isupper()})
def evaluate(formula, cells):
    return eval(formula, dict(globals(), **cells))
";

/// A longer value is an error.
const VALUE_BYTES_MAX: usize = 10_000;

struct Sheet {
    sandbox: Sandbox,
    cells: BTreeMap<String, String>,
}

impl Sheet {
    fn new(runtime: &Runtime) -> Result<Self, Box<dyn std::error::Error>> {
        let mut library = runtime.sandbox()?;
        let output = library.execute(LIBRARY)?;
        if !output.success() {
            return Err(output.stderr_text().into());
        }
        // The library is part of the snapshot: a reset brings it back, and costs microseconds.
        let sandbox = library
            .into_golden()?
            .sandbox_builder()
            .timeout(Duration::from_millis(300))
            .max_memory_bytes(96 << 20)
            .build()?;
        Ok(Self {
            sandbox,
            cells: BTreeMap::new(),
        })
    }

    fn set(&mut self, cell: &str, content: &str) {
        self.cells.insert(cell.to_owned(), content.to_owned());
    }

    /// The values of all cells.
    fn values(&mut self) -> Result<BTreeMap<String, Value>, Error> {
        let mut values = BTreeMap::new();
        // Cells whose values are wanted, the last one first. A list and no recursion: users decide how long a chain of
        // references is, and the host's stack has an end.
        let mut wanted: Vec<String> = self.cells.keys().cloned().collect();
        // Those of them that wait for the cells they refer to.
        let mut waiting = BTreeMap::new();
        while let Some(cell) = wanted.pop() {
            if values.contains_key(&cell) {
                continue;
            }
            let content = self.cells.get(&cell).cloned().unwrap_or_default();
            let Some(formula) = content.strip_prefix('=') else {
                let number = content.parse::<f64>().ok();
                values.insert(cell, number.map_or_else(|| content.into(), Value::from));
                continue;
            };
            let value = match waiting.remove(&cell) {
                Some(references) => self.evaluate(formula, &references, &values)?,
                None => match self.call::<BTreeSet<String>>("references", (formula,))? {
                    Err(shown) => shown.into(),
                    Ok(references) => {
                        waiting.insert(cell.clone(), references.clone());
                        wanted.push(cell);
                        for reference in references {
                            if waiting.contains_key(&reference) {
                                values.insert(reference, "#CYCLE".into());
                            } else {
                                wanted.push(reference);
                            }
                        }
                        continue;
                    }
                },
            };
            values.insert(cell, value);
        }
        Ok(values)
    }

    fn evaluate(
        &mut self,
        formula: &str,
        references: &BTreeSet<String>,
        values: &BTreeMap<String, Value>,
    ) -> Result<Value, Error> {
        let used = references.iter().map(|name| (name, values.get(name)));
        let used: BTreeMap<_, _> = used.collect();
        Ok(match self.call::<Value>("evaluate", (formula, used))? {
            Ok(value) if value.to_string().len() <= VALUE_BYTES_MAX => value,
            Ok(_) => "#LONG".into(),
            Err(shown) => shown.into(),
        })
    }

    /// What a function of the library returns, or what a cell shows whose formula failed.
    fn call<T: DeserializeOwned>(
        &mut self,
        function: &str,
        arguments: impl Serialize,
    ) -> Result<Result<T, String>, Error> {
        let result = self.sandbox.call::<T>(function, arguments);
        // A formula can change all of Python, or leave it half-way: the next one begins with it as it was.
        self.sandbox.reset()?;
        Ok(Err(match result {
            Ok(returned) => return Ok(Ok(returned.value)),
            Err(Error::Python { exception, .. }) => format!("#{}", exception.type_name),
            Err(Error::Timeout { .. } | Error::CpuTime { .. }) => "#TIME".to_owned(),
            Err(Error::Exited { .. }) => "#EXIT".to_owned(),
            Err(Error::Trap { .. }) => "#TRAP".to_owned(),
            Err(Error::Value { .. }) => "#VALUE".to_owned(),
            Err(Error::TooLong { .. } | Error::NoMemory) => "#LONG".to_owned(),
            // The host's own trouble is no cell's.
            Err(error) => return Err(error),
        }))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let content = match std::env::args().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => SHEET.to_owned(),
    };
    let mut sheet = Sheet::new(&Runtime::new()?)?;
    for (cell, content) in content.lines().filter_map(|line| line.split_once(' ')) {
        sheet.set(cell, content);
    }
    for (cell, value) in sheet.values()? {
        println!("{cell} {value}");
    }
    Ok(())
}
