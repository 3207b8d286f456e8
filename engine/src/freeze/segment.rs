//! Active data segments, taken out of the module and applied by the host while baking.

use super::FreezeError;
use super::names;
use wasmparser::{ConstExpr, Operator};

/// One active data segment: where it goes and what it holds.
#[derive(Debug, Clone)]
pub struct DataSegment {
    index: u32,
    offset: Offset,
    bytes: Box<[u8]>,
}

impl DataSegment {
    pub(super) fn new(index: u32, offset: Offset, bytes: &[u8]) -> Self {
        Self {
            index,
            offset,
            bytes: bytes.into(),
        }
    }

    /// The segment's index in the module.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Where in linear memory the segment begins.
    pub fn offset(&self) -> &Offset {
        &self.offset
    }

    /// What the segment holds.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A data segment's offset: a constant expression, in postfix order.
///
/// It can name globals whose values are known only once the module is instantiated, which is why it is kept
/// as an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offset(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Const(i32),
    /// The value of the global with this index.
    Global(u32),
    Add,
    Sub,
    Mul,
}

impl Offset {
    /// Reads the expression of segment `segment`.
    ///
    /// # Errors
    ///
    /// [`FreezeError::OffsetExpression`] for anything but extended constant expressions over `i32`.
    pub(super) fn parse(segment: u32, expr: &ConstExpr<'_>) -> Result<Self, FreezeError> {
        let mut steps = Vec::new();
        for op in expr.get_operators_reader() {
            steps.push(match op? {
                Operator::I32Const { value } => Step::Const(value),
                Operator::GlobalGet { global_index } => Step::Global(global_index),
                Operator::I32Add => Step::Add,
                Operator::I32Sub => Step::Sub,
                Operator::I32Mul => Step::Mul,
                Operator::End => break,
                _ => return Err(FreezeError::OffsetExpression { segment }),
            });
        }
        Ok(Self(steps))
    }

    /// Indexes of the globals that the expression reads.
    pub(super) fn globals(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().filter_map(|step| match step {
            Step::Global(index) => Some(*index),
            _ => None,
        })
    }

    /// The address, given the values of globals by the names under which the frozen module exports them.
    ///
    /// `None` when a global has no value or the expression is malformed, neither of which can happen to an
    /// instance of the frozen module that the segment came with.
    pub fn evaluate(&self, mut global: impl FnMut(&str) -> Option<i32>) -> Option<u32> {
        let mut stack: Vec<i32> = Vec::with_capacity(2);
        for step in &self.0 {
            let value = match step {
                Step::Const(value) => *value,
                Step::Global(index) => global(&names::global(*index))?,
                Step::Add | Step::Sub | Step::Mul => {
                    let right = stack.pop()?;
                    let left = stack.pop()?;
                    match step {
                        Step::Add => left.wrapping_add(right),
                        Step::Sub => left.wrapping_sub(right),
                        _ => left.wrapping_mul(right),
                    }
                }
            };
            stack.push(value);
        }
        let value = stack.pop()?;
        stack.is_empty().then_some(value.cast_unsigned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_constant_arithmetic_is_not_reordered() {
        let offset = Offset(vec![
            Step::Global(3),
            Step::Const(2),
            Step::Sub,
            Step::Const(5),
            Step::Mul,
        ]);
        let value = offset.evaluate(|name| {
            assert_eq!(name, names::global(3));
            Some(10)
        });
        assert_eq!(value, Some(40));
    }

    #[test]
    fn a_malformed_expression_has_no_value() {
        assert_eq!(Offset(vec![Step::Add]).evaluate(|_| None), None);
        assert_eq!(Offset(vec![]).evaluate(|_| None), None);
        assert_eq!(
            Offset(vec![Step::Const(1), Step::Const(2)]).evaluate(|_| None),
            None
        );
    }
}
