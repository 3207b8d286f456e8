//! Values that a script passes, and patterns of values that it expects.

use wasmtime::Val;
use wast::core::{NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::{WastArg, WastRet};

const F32_NAN: u32 = 0x7fc0_0000;
const F64_NAN: u64 = 0x7ff8_0000_0000_0000;

/// An argument. `None` for a reference that only a host with a collector can make.
pub(super) fn argument(arg: &WastArg<'_>) -> Option<Val> {
    let WastArg::Core(arg) = arg else {
        return None;
    };
    Some(match arg {
        WastArgCore::I32(value) => Val::I32(*value),
        WastArgCore::I64(value) => Val::I64(*value),
        WastArgCore::F32(value) => Val::F32(value.bits),
        WastArgCore::F64(value) => Val::F64(value.bits),
        WastArgCore::V128(value) => Val::V128(u128::from_le_bytes(value.to_le_bytes()).into()),
        WastArgCore::RefNull(wast::core::HeapType::Abstract {
            ty: wast::core::AbstractHeapType::Func,
            ..
        }) => Val::FuncRef(None),
        WastArgCore::RefNull(_) | WastArgCore::RefExtern(_) | WastArgCore::RefHost(_) => {
            return None;
        }
    })
}

/// What a result has to be.
#[derive(Debug, Clone)]
pub(super) enum Expected {
    I32(i32),
    I64(i64),
    F32(Nan<u32>),
    F64(Nan<u64>),
    Bytes([u8; 16]),
    F32x4([Nan<u32>; 4]),
    F64x2([Nan<u64>; 2]),
    Null,
    Function,
    /// Something of the collector's.
    Collected,
    Either(Vec<Expected>),
}

/// The bits of a float, or a set of NaNs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Nan<T> {
    Canonical,
    Arithmetic,
    Bits(T),
}

impl Expected {
    pub(super) fn new(ret: &WastRet<'_>) -> Self {
        match ret {
            WastRet::Core(ret) => Self::core(ret),
            _ => Self::Collected,
        }
    }

    fn core(ret: &WastRetCore<'_>) -> Self {
        match ret {
            WastRetCore::I32(value) => Self::I32(*value),
            WastRetCore::I64(value) => Self::I64(*value),
            WastRetCore::F32(pattern) => Self::F32(Nan::new(pattern, |value| value.bits)),
            WastRetCore::F64(pattern) => Self::F64(Nan::new(pattern, |value| value.bits)),
            WastRetCore::V128(pattern) => Self::vector(pattern),
            WastRetCore::RefNull(_) => Self::Null,
            WastRetCore::RefFunc(_) => Self::Function,
            WastRetCore::Either(cases) => Self::Either(cases.iter().map(Self::core).collect()),
            _ => Self::Collected,
        }
    }

    fn vector(pattern: &V128Pattern) -> Self {
        fn bytes<const N: usize, const LANES: usize>(lanes: [[u8; N]; LANES]) -> Expected {
            let mut bytes = [0; 16];
            for (to, from) in bytes.iter_mut().zip(lanes.as_flattened()) {
                *to = *from;
            }
            Expected::Bytes(bytes)
        }
        match pattern {
            V128Pattern::I8x16(lanes) => bytes(lanes.map(i8::to_le_bytes)),
            V128Pattern::I16x8(lanes) => bytes(lanes.map(i16::to_le_bytes)),
            V128Pattern::I32x4(lanes) => bytes(lanes.map(i32::to_le_bytes)),
            V128Pattern::I64x2(lanes) => bytes(lanes.map(i64::to_le_bytes)),
            V128Pattern::F32x4(lanes) => Self::F32x4(
                lanes
                    .each_ref()
                    .map(|lane| Nan::new(lane, |value| value.bits)),
            ),
            V128Pattern::F64x2(lanes) => Self::F64x2(
                lanes
                    .each_ref()
                    .map(|lane| Nan::new(lane, |value| value.bits)),
            ),
        }
    }

    pub(super) fn accepts(&self, value: &Val) -> bool {
        match (self, value) {
            (Self::I32(expected), Val::I32(value)) => expected == value,
            (Self::I64(expected), Val::I64(value)) => expected == value,
            (Self::F32(expected), Val::F32(bits)) => expected.accepts(*bits),
            (Self::F64(expected), Val::F64(bits)) => expected.accepts(*bits),
            (Self::Bytes(expected), Val::V128(value)) => *expected == value.as_u128().to_le_bytes(),
            (Self::F32x4(lanes), Val::V128(value)) => (0..)
                .zip(lanes)
                .all(|(lane, expected)| expected.accepts((value.as_u128() >> (32 * lane)) as u32)),
            (Self::F64x2(lanes), Val::V128(value)) => (0..)
                .zip(lanes)
                .all(|(lane, expected)| expected.accepts((value.as_u128() >> (64 * lane)) as u64)),
            (Self::Null, value) => value.ref_().is_some_and(|reference| reference.is_null()),
            (Self::Function, Val::FuncRef(function)) => function.is_some(),
            (Self::Either(cases), value) => cases.iter().any(|case| case.accepts(value)),
            _ => false,
        }
    }
}

impl<T: Copy> Nan<T> {
    fn new<F>(pattern: &NanPattern<F>, bits: impl FnOnce(&F) -> T) -> Self {
        match pattern {
            NanPattern::CanonicalNan => Self::Canonical,
            NanPattern::ArithmeticNan => Self::Arithmetic,
            NanPattern::Value(value) => Self::Bits(bits(value)),
        }
    }
}

impl Nan<u32> {
    fn accepts(self, bits: u32) -> bool {
        match self {
            Self::Canonical => bits & i32::MAX as u32 == F32_NAN,
            Self::Arithmetic => bits & F32_NAN == F32_NAN,
            Self::Bits(expected) => bits == expected,
        }
    }
}

impl Nan<u64> {
    fn accepts(self, bits: u64) -> bool {
        match self {
            Self::Canonical => bits & i64::MAX as u64 == F64_NAN,
            Self::Arithmetic => bits & F64_NAN == F64_NAN,
            Self::Bits(expected) => bits == expected,
        }
    }
}
