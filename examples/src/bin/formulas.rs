//! A spreadsheet whose formulas are Python: `=sum(A1, A2) * 2`. Formulas of users who should not be able to do harm,
//! evaluated in one sandbox, with an error in the cell where one fails.

#![forbid(unsafe_code)]

use hatchery::{Error, Runtime, Sandbox};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

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

struct Sheet {
    sandbox: Sandbox,
    cells: BTreeMap<String, String>,
}

impl Sheet {
    fn new(runtime: &Runtime) -> Result<Self, Error> {
        let mut library = runtime.sandbox()?;
        library.execute(LIBRARY)?;
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
        for cell in self.cells.keys().cloned().collect::<Vec<_>>() {
            self.settle(&cell, &mut BTreeSet::new(), &mut values)?;
        }
        Ok(values)
    }

    fn settle(
        &mut self,
        cell: &str,
        path: &mut BTreeSet<String>,
        values: &mut BTreeMap<String, Value>,
    ) -> Result<(), Error> {
        if values.contains_key(cell) {
            return Ok(());
        }
        let content = self.cells.get(cell).cloned().unwrap_or_default();
        let Some(formula) = content.strip_prefix('=') else {
            let number = content.parse::<f64>().ok();
            let value = number.map_or_else(|| Value::from(content), Value::from);
            values.insert(cell.to_owned(), value);
            return Ok(());
        };
        if !path.insert(cell.to_owned()) {
            values.insert(cell.to_owned(), "#CYCLE".into());
            return Ok(());
        }
        let value = match self.sandbox.call::<Vec<String>>("references", (formula,)) {
            Err(error) => self.shown(error)?,
            Ok(references) => {
                for reference in &references.value {
                    self.settle(reference, path, values)?;
                }
                let used = references.value.iter();
                let used: BTreeMap<_, _> = used.map(|name| (name, values.get(name))).collect();
                match self.sandbox.call::<Value>("evaluate", (formula, used)) {
                    Ok(value) => value.value,
                    Err(error) => self.shown(error)?,
                }
            }
        };
        path.remove(cell);
        // One that is part of a cycle has its mark already.
        values.entry(cell.to_owned()).or_insert(value);
        Ok(())
    }

    /// What a cell shows whose formula failed.
    fn shown(&mut self, error: Error) -> Result<Value, Error> {
        let shown = match error {
            Error::Python { exception, .. } => format!("#{}", exception.type_name),
            Error::Timeout { .. } => "#TIME".to_owned(),
            Error::Trap { .. } => "#TRAP".to_owned(),
            Error::Value { .. } => "#VALUE".to_owned(),
            error => return Err(error),
        };
        if self.sandbox.is_poisoned() {
            self.sandbox.reset()?;
        }
        Ok(shown.into())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sheet = Sheet::new(&Runtime::new()?)?;
    for (cell, content) in [
        ("A1", "12"),
        ("A2", "30"),
        ("A3", "=A1 + A2"),
        ("B1", "=round(sqrt(A3), 3)"),
        ("B2", "=average(A1, A2, A3)"),
        ("C1", "=A1 / 0"),
        ("C2", "=C3"),
        ("C3", "=C2"),
        ("D1", "=sum(1 for _ in iter(int, 1))"),
        ("D2", "=__import__('os').listdir('/etc')"),
        ("D3", "=A1 +"),
        ("D4", "='x' * 10 ** 9"),
    ] {
        sheet.set(cell, content);
    }
    for (cell, value) in sheet.values()? {
        println!("{cell} {value}");
    }
    Ok(())
}
