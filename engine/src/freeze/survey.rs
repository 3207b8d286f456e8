//! One pass over a module: may it be frozen, and what has to be kept of it.

use super::bulk::{BulkSite, find_sites};
use super::{DataSegment, FreezeError, FreezeReport, names, segment::Offset};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wasmparser::{
    CompositeInnerType, DataKind, ElementItems, ElementKind, MemoryType, Operator, Parser, Payload,
    TypeRef, Validator, WasmFeatures,
};

/// What the rewrite needs to know of a module.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Number of types, so that the next one's index is known.
    pub(super) types: u32,
    /// Number of functions, imported ones included.
    pub(super) functions: u32,
    /// Mutable globals that the module defines, and globals that data offsets read.
    pub(super) exported_globals: BTreeSet<u32>,
    /// Mutable globals that the module defines.
    pub(super) mutable_globals: Vec<u32>,
    /// Tables whose contents the bake has to compare.
    pub(super) tables: u32,
    pub(super) start: Option<u32>,
    pub(super) has_data_count: bool,
    pub(super) segments: Vec<DataSegment>,
    /// Passive segments that hold something and that some instruction may drop.
    pub(super) droppable: Vec<u32>,
    /// Passive element segments that hold something, that some instruction may drop and some other may use.
    pub(super) droppable_elements: Vec<DroppableElements>,
    /// Where the module copies or fills memory, in order.
    pub(super) bulk: Vec<BulkSite>,
    pub(super) report: FreezeReport,
}

/// An element segment whose loss can be noticed.
#[derive(Debug, Clone, Copy)]
pub(super) struct DroppableElements {
    pub(super) segment: u32,
    /// A table that can hold its elements.
    pub(super) table: u32,
    /// Whether that table has 64-bit indexes.
    pub(super) table64: bool,
}

/// What a module may use. Collected objects live outside linear memory, so a snapshot would lose them.
fn features() -> WasmFeatures {
    WasmFeatures::default() - WasmFeatures::GC - WasmFeatures::COMPONENT_MODEL
}

/// Validates `wasm` and checks that a picture of its memory and globals is a picture of all its state.
pub(super) fn survey(wasm: &[u8]) -> Result<Survey, FreezeError> {
    Validator::new_with_features(features()).validate_all(wasm)?;

    let mut survey = Survey::default();
    let mut memories: Vec<MemoryType> = Vec::new();
    let mut globals = 0_u32;
    // Of each type, how many; the module is valid, so there are as many bodies as functions.
    let mut parameters = Vec::new();
    let mut types_of_bodies = VecDeque::new();
    let mut passive = BTreeSet::new();
    let mut dropped = BTreeSet::new();
    let mut tables64 = Vec::new();
    let mut passive_elements = BTreeSet::new();
    let mut dropped_elements = BTreeSet::new();
    let mut used_elements = BTreeMap::new();

    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group?.types() {
                        survey.types += 1;
                        parameters.push(match &ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => ty.params().len() as u32,
                            _ => 0,
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let owned = || (import.module.to_owned(), import.name.to_owned());
                    match import.ty {
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => survey.functions += 1,
                        TypeRef::Memory(_) => {
                            let (module, name) = owned();
                            return Err(FreezeError::ImportedMemory { module, name });
                        }
                        TypeRef::Global(ty) if ty.mutable => {
                            let (module, name) = owned();
                            return Err(FreezeError::ImportedMutableGlobal { module, name });
                        }
                        TypeRef::Global(_) => globals += 1,
                        TypeRef::Table(ty) => {
                            tables64.push(ty.table64);
                            survey.report.imported_tables += 1;
                        }
                        TypeRef::Tag(_) => {}
                    }
                }
            }
            Payload::FunctionSection(section) => {
                survey.functions += section.count();
                survey.report.functions = section.count();
                for ty in section {
                    types_of_bodies.push_back(ty?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    tables64.push(table?.ty.table64);
                }
            }
            Payload::ElementSection(section) => {
                for (index, element) in (0..).zip(section) {
                    let element = element?;
                    let count = match &element.items {
                        ElementItems::Functions(functions) => functions.count(),
                        ElementItems::Expressions(_, expressions) => expressions.count(),
                    };
                    if matches!(element.kind, ElementKind::Passive) && count > 0 {
                        passive_elements.insert(index);
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    memories.push(memory?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let ty = global?.ty;
                    if ty.mutable {
                        if let wasmparser::ValType::Ref(reference) = ty.content_type
                            && !reference.is_nullable()
                        {
                            return Err(FreezeError::ReferenceGlobal { index: globals });
                        }
                        survey.mutable_globals.push(globals);
                    }
                    globals += 1;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let name = export?.name;
                    if name.starts_with(names::RESERVED_PREFIX) {
                        return Err(FreezeError::ReservedExport {
                            name: name.to_owned(),
                        });
                    }
                }
            }
            Payload::StartSection { func, .. } => survey.start = Some(func),
            Payload::DataCountSection { .. } => survey.has_data_count = true,
            Payload::CodeSectionEntry(body) => {
                let ty = types_of_bodies.pop_front().unwrap_or_default();
                find_sites(&body, parameters[ty as usize], &mut survey.bulk)?;
                for op in body.get_operators_reader()? {
                    let op = op?;
                    match op {
                        Operator::ElemDrop { elem_index } => {
                            dropped_elements.insert(elem_index);
                        }
                        Operator::TableInit { elem_index, table } => {
                            used_elements.insert(elem_index, table);
                        }
                        _ => {}
                    }
                    match op {
                        Operator::TableSet { .. }
                        | Operator::TableGrow { .. }
                        | Operator::TableFill { .. }
                        | Operator::TableCopy { .. }
                        | Operator::TableInit { .. }
                        | Operator::ElemDrop { .. } => survey.report.table_writes += 1,
                        Operator::DataDrop { data_index } => {
                            dropped.insert(data_index);
                        }
                        _ => {}
                    }
                }
            }
            Payload::DataSection(section) => {
                // What is wrong with the memory explains what is wrong with an offset into it.
                check_memory(&memories)?;
                for (index, data) in (0..).zip(section) {
                    let data = data?;
                    match data.kind {
                        DataKind::Active { offset_expr, .. } => {
                            let offset = Offset::parse(index, &offset_expr)?;
                            survey.exported_globals.extend(offset.globals());
                            survey.report.data_bytes += data.data.len() as u64;
                            survey
                                .segments
                                .push(DataSegment::new(index, offset, data.data));
                        }
                        DataKind::Passive => {
                            if !data.data.is_empty() {
                                passive.insert(index);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }

    check_memory(&memories)?;
    survey.report.active_segments = survey.segments.len() as u32;
    survey.report.passive_segments = passive.len() as u32;
    survey.report.mutable_globals = survey.mutable_globals.len() as u32;
    survey.droppable = passive.intersection(&dropped).copied().collect();
    survey.report.data_drops = survey.droppable.len() as u32;
    survey.tables = tables64.len() as u32;
    survey.droppable_elements = passive_elements
        .intersection(&dropped_elements)
        .filter_map(|segment| {
            let table = *used_elements.get(segment)?;
            Some(DroppableElements {
                segment: *segment,
                table,
                table64: tables64[table as usize],
            })
        })
        .collect();
    survey.exported_globals.extend(&survey.mutable_globals);
    Ok(survey)
}

fn check_memory(memories: &[MemoryType]) -> Result<(), FreezeError> {
    let memory = match memories {
        [] => return Err(FreezeError::NoMemory),
        [memory] => memory,
        many => {
            return Err(FreezeError::ManyMemories {
                count: many.len() as u32,
            });
        }
    };
    if memory.memory64 {
        return Err(FreezeError::Memory64);
    }
    if memory.shared {
        return Err(FreezeError::SharedMemory);
    }
    match memory.page_size_log2 {
        None | Some(16) => Ok(()),
        Some(page_size_log2) => Err(FreezeError::PageSize { page_size_log2 }),
    }
}
