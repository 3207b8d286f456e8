//! The values of globals, as a snapshot stores them.

use serde::{Deserialize, Serialize};
use std::mem;
use wasmtime::{RefType, Val, ValType};

/// The baked value of a mutable global. Floats are stored as bits, so that no NaN changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum GlobalValue {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// The bits of a 32-bit float.
    F32(u32),
    /// The bits of a 64-bit float.
    F64(u64),
    /// A vector: its low and its high 64 bits.
    V128(u64, u64),
    /// A null reference of the global's own type.
    Null,
}

impl GlobalValue {
    /// `None` for a reference that is not null: what it refers to is not part of a snapshot.
    pub(crate) fn from_val(val: &Val) -> Option<Self> {
        Some(match val {
            Val::I32(value) => Self::I32(*value),
            Val::I64(value) => Self::I64(*value),
            Val::F32(bits) => Self::F32(*bits),
            Val::F64(bits) => Self::F64(*bits),
            Val::V128(value) => {
                let bits = value.as_u128();
                Self::V128(bits as u64, (bits >> 64) as u64)
            }
            Val::FuncRef(None) | Val::ExternRef(None) | Val::AnyRef(None) => Self::Null,
            _ => return None,
        })
    }

    /// Whether a global that has `val` can have this one.
    pub(crate) fn is_of_type_of(&self, val: &Val) -> bool {
        Self::from_val(val).is_some_and(|val| mem::discriminant(&val) == mem::discriminant(self))
    }

    /// `None` when the value is not of type `ty`.
    pub(crate) fn to_val(self, ty: &ValType) -> Option<Val> {
        Some(match (self, ty) {
            (Self::I32(value), ValType::I32) => Val::I32(value),
            (Self::I64(value), ValType::I64) => Val::I64(value),
            (Self::F32(bits), ValType::F32) => Val::F32(bits),
            (Self::F64(bits), ValType::F64) => Val::F64(bits),
            (Self::V128(low, high), ValType::V128) => {
                Val::V128((u128::from(low) | (u128::from(high) << 64)).into())
            }
            (Self::Null, ValType::Ref(reference)) if RefType::is_nullable(reference) => {
                Val::null_ref(reference.heap_type())
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bit_of_a_value_is_lost() {
        let values = [
            (Val::I32(i32::MIN), ValType::I32),
            (Val::I64(-2), ValType::I64),
            (Val::F32(0x7fa0_0001), ValType::F32),
            (Val::F64(0xfff0_0000_0000_0001), ValType::F64),
            (Val::V128((u128::MAX - 5).into()), ValType::V128),
            (Val::FuncRef(None), ValType::FUNCREF),
        ];
        for (val, ty) in values {
            let stored = GlobalValue::from_val(&val).unwrap();
            let text = serde_json::to_string(&stored).unwrap();
            let read: GlobalValue = serde_json::from_str(&text).unwrap();
            assert_eq!(read, stored);
            assert_eq!(
                GlobalValue::from_val(&read.to_val(&ty).unwrap()),
                Some(stored)
            );
        }
    }

    #[test]
    fn a_value_of_another_type_is_not_put_back() {
        assert!(GlobalValue::I32(1).to_val(&ValType::I64).is_none());
        assert!(GlobalValue::Null.to_val(&ValType::I32).is_none());
        assert!(!GlobalValue::I32(1).is_of_type_of(&Val::I64(1)));
        assert!(!GlobalValue::Null.is_of_type_of(&Val::I32(0)));
        assert!(GlobalValue::Null.is_of_type_of(&Val::FuncRef(None)));
        assert!(GlobalValue::F64(1).is_of_type_of(&Val::F64(u64::MAX)));
    }
}
