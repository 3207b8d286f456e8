//! Modules to compare: generated ones, and which of the given ones end in good time.

use libfuzzer_sys::arbitrary::{self, Unstructured};
use wasm_smith::{Config, Module};
use wasmparser::{Parser, Payload, TypeRef, Validator, WasmFeatures};
use wasmtime::{Val, ValType};

const MEMORY_PAGES_MAX: u64 = 8;
const TABLE_ELEMENTS_MAX: u64 = 100;

/// A module that has one memory and that wasmtime compiles.
pub(super) fn generate(bytes: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let config = Config {
        min_memories: 1,
        max_memories: 1,
        memory_max_size_required: true,
        max_memory32_bytes: MEMORY_PAGES_MAX << 16,
        min_funcs: 1,
        max_funcs: 12,
        max_tables: 3,
        table_max_size_required: true,
        max_table_elements: TABLE_ELEMENTS_MAX,
        // The corpus has modules that call the host.
        max_imports: 0,
        max_types: 20,
        max_globals: 10,
        max_data_segments: 6,
        max_element_segments: 6,
        // What is exported can be called and looked at.
        export_everything: true,
        // Which bits a NaN has depends on the code around it.
        canonicalize_nans: true,
        disallow_traps: bytes.arbitrary()?,
        memory64_enabled: false,
        threads_enabled: false,
        relaxed_simd_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        max_tags: 0,
        ..Config::default()
    };
    Ok(Module::new(config, bytes)?.to_bytes())
}

/// Whether a valid module can be compared: it takes little, imports functions of numbers only, and has no floats,
/// whose NaNs the two runs could give different bits.
pub(super) fn is_bounded(wasm: &[u8]) -> bool {
    let features = WasmFeatures::default()
        - WasmFeatures::FLOATS
        - WasmFeatures::SIMD
        - WasmFeatures::RELAXED_SIMD;
    Validator::new_with_features(features)
        .validate_all(wasm)
        .is_ok()
        && is_small(wasm).unwrap_or(false)
}

fn is_small(wasm: &[u8]) -> wasmparser::Result<bool> {
    let mut types = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let TypeRef::Func(index) = import?.ty else {
                        return Ok(false);
                    };
                    let ty = &types[index as usize];
                    if ty
                        .params()
                        .iter()
                        .chain(ty.results())
                        .any(|ty| ty.is_reference_type())
                    {
                        return Ok(false);
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    if memory?
                        .maximum
                        .is_none_or(|maximum| maximum > MEMORY_PAGES_MAX)
                    {
                        return Ok(false);
                    }
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    if table?
                        .ty
                        .maximum
                        .is_none_or(|maximum| maximum > TABLE_ELEMENTS_MAX)
                    {
                        return Ok(false);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(true)
}

/// A value of type `ty` made of `bits`: `None` for a reference that cannot be null.
pub(super) fn value(ty: &ValType, bits: u64) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(bits as i32),
        ValType::I64 => Val::I64(bits.cast_signed()),
        // Whole numbers: no NaN comes in from outside.
        ValType::F32 => Val::F32((bits as i16 as f32).to_bits()),
        ValType::F64 => Val::F64((bits as i32 as f64).to_bits()),
        ValType::V128 => Val::V128(u128::from(bits).into()),
        ValType::Ref(ty) if ty.is_nullable() => Val::null_ref(ty.heap_type()),
        ValType::Ref(_) => return None,
    })
}
