//! A module that starts as a golden snapshot does, for a wasmtime that knows no snapshots.
//!
//! The golden memory becomes one active data segment, which wasmtime's `memory_init_cow` maps copy-on-write, and the
//! golden values of mutable globals become their initial values. So nothing is left to do after instantiation.

use crate::Failure;
use wasm_encoder::{
    ConstExpr, DataCountSection, DataSection, GlobalSection, GlobalType, MemorySection, MemoryType,
    Module, RawSection,
};
use wasmparser::{DataKind, Parser, Payload, ValType};
use wasmtime::Val;

const PAGE_BYTES: usize = 64 << 10;
const CODE: u8 = 10;

/// `wasm` with `memory` as its first memory and `globals` as its mutable globals, in order.
///
/// # Errors
///
/// When it is no module of the kind that the freeze makes.
pub fn with_image(wasm: &[u8], memory: &[u8], globals: &[Val]) -> Result<Vec<u8>, Failure> {
    let mut out = Module::new();
    let mut has_data_count = false;
    let mut passive = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::MemorySection(section) => {
                let mut memories = MemorySection::new();
                for ty in section.clone() {
                    let ty = ty?;
                    memories.memory(MemoryType {
                        minimum: (memory.len() / PAGE_BYTES) as u64,
                        maximum: ty.maximum,
                        memory64: ty.memory64,
                        shared: ty.shared,
                        page_size_log2: ty.page_size_log2,
                    });
                }
                out.section(&memories);
            }
            Payload::GlobalSection(section) => {
                let mut section_out = GlobalSection::new();
                let mut values = globals.iter();
                for global in section.clone() {
                    let global = global?;
                    let ty = GlobalType {
                        val_type: value_type(global.ty.content_type)?,
                        mutable: global.ty.mutable,
                        shared: global.ty.shared,
                    };
                    let value = if global.ty.mutable {
                        constant(values.next().ok_or("fewer values than mutable globals")?)?
                    } else {
                        let mut bytes = global.init_expr.get_binary_reader();
                        let len = bytes.bytes_remaining() - 1;
                        ConstExpr::raw(bytes.read_bytes(len)?.iter().copied())
                    };
                    section_out.global(ty, &value);
                }
                out.section(&section_out);
            }
            Payload::DataCountSection { .. } => has_data_count = true,
            Payload::DataSection(section) => {
                for segment in section.clone() {
                    let segment = segment?;
                    if !matches!(segment.kind, DataKind::Passive) {
                        return Err("a frozen module has no active data".into());
                    }
                    passive.push(segment.data);
                }
            }
            Payload::CustomSection(_) | Payload::End(_) => {}
            _ => {
                let Some((id, range)) = payload.as_section() else {
                    continue;
                };
                if id == CODE && has_data_count {
                    let count = (passive_count(wasm)? + 1) as u32;
                    out.section(&DataCountSection { count });
                }
                let data = &wasm[range];
                out.section(&RawSection { id, data });
            }
        }
    }
    out.section(&segments(&passive, memory));
    Ok(out.finish())
}

/// Passive segments first, so that their indexes stay what they are.
fn segments(passive: &[&[u8]], memory: &[u8]) -> DataSection {
    let mut section = DataSection::new();
    for data in passive {
        section.passive(data.iter().copied());
    }
    section.active(0, &ConstExpr::i32_const(0), memory.iter().copied());
    section
}

fn passive_count(wasm: &[u8]) -> Result<usize, Failure> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::DataSection(section) = payload? {
            return Ok(section.count() as usize);
        }
    }
    Ok(0)
}

fn value_type(ty: ValType) -> Result<wasm_encoder::ValType, Failure> {
    Ok(match ty {
        ValType::I32 => wasm_encoder::ValType::I32,
        ValType::I64 => wasm_encoder::ValType::I64,
        ValType::F32 => wasm_encoder::ValType::F32,
        ValType::F64 => wasm_encoder::ValType::F64,
        ValType::V128 | ValType::Ref(_) => return Err("a global is no number".into()),
    })
}

fn constant(value: &Val) -> Result<ConstExpr, Failure> {
    Ok(match value {
        Val::I32(value) => ConstExpr::i32_const(*value),
        Val::I64(value) => ConstExpr::i64_const(*value),
        Val::F32(bits) => ConstExpr::f32_const(f32::from_bits(*bits).into()),
        Val::F64(bits) => ConstExpr::f64_const(f64::from_bits(*bits).into()),
        _ => return Err("a global is no number".into()),
    })
}
