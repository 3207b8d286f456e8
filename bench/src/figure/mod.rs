//! The figures, a family a file.

pub mod cold;
pub mod compile;
pub mod create;
pub mod density;
pub mod interrupt;
pub mod pool;
pub mod print;
pub mod reset;
pub mod session;
pub mod threads;

use crate::Failure;
use crate::baseline::python::StockPython;
use hatchery::{InterruptKind, Runtime};
use std::cell::OnceCell;
use std::rc::Rc;

/// The program that most figures run.
pub const PRINT: &str = "print('hello')";

/// What several figures need and is not cheap to have.
#[derive(Debug, Default)]
pub struct Bench {
    /// Fewer samples.
    pub quick: bool,
    runtime: OnceCell<Runtime>,
    stock_python: OnceCell<Rc<StockPython>>,
}

impl Bench {
    /// A bench that takes fewer samples when it has to be `quick`.
    #[must_use]
    pub fn new(quick: bool) -> Self {
        Self {
            quick,
            ..Self::default()
        }
    }

    /// `usual` samples, or a tenth.
    #[must_use]
    pub fn samples(&self, usual: usize) -> usize {
        if self.quick {
            usual.div_ceil(10)
        } else {
            usual
        }
    }

    /// CPython in Hatchery, interrupted in the best way.
    ///
    /// # Errors
    ///
    /// The runtime's.
    pub fn runtime(&self) -> Result<Runtime, Failure> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime.clone());
        }
        let runtime = Runtime::new()?;
        Ok(self.runtime.get_or_init(|| runtime).clone())
    }

    /// CPython in Hatchery, interrupted by epoch. Another snapshot, for the code is another.
    ///
    /// # Errors
    ///
    /// The runtime's.
    pub fn epoch_runtime(&self) -> Result<Runtime, Failure> {
        Ok(Runtime::builder().interrupt(InterruptKind::Epoch).build()?)
    }

    /// CPython in a stock wasmtime.
    ///
    /// # Errors
    ///
    /// As [`StockPython::new`].
    pub fn stock_python(&self) -> Result<Rc<StockPython>, Failure> {
        if let Some(python) = self.stock_python.get() {
            return Ok(python.clone());
        }
        let python = Rc::new(StockPython::new(&self.runtime()?)?);
        Ok(self.stock_python.get_or_init(|| python).clone())
    }
}
