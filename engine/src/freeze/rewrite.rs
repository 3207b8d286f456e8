//! The rewrite: the module's own bytes, with items appended and its active data taken out.
//!
//! Sections are only ever appended to, so no index shifts, and copied as they are but for the code of functions that
//! copy or fill memory:
//!
//! | Section | Change |
//! |---|---|
//! | type | `[] -> []` and `[i32 i32 i32] -> []` appended |
//! | function, code | the trap function and, for droppable segments, their probes and drops appended |
//! | code | copies and fills of memory that are long call appended functions, which do them in [pieces](super::bulk) |
//! | export | memory, globals, tables, start, trap, probes and drops appended under reserved names |
//! | start | left out |
//! | data | active segments emptied and made passive; the section is left out where nothing can refer to it |
//! | custom | only `name` is kept |

use super::bulk::{BulkKind, replace_by_calls};
use super::{FreezeError, names, survey::Survey};
use std::ops::Range;
use wasm_encoder::{
    CodeSection, DataSection, Encode, ExportKind, ExportSection, Function, Instruction, Module,
    RawSection, Section, TypeSection,
};
use wasmparser::{DataKind, Parser, Payload};

const TYPE: u8 = 1;
const IMPORT: u8 = 2;
const FUNCTION: u8 = 3;
const TABLE: u8 = 4;
const MEMORY: u8 = 5;
const GLOBAL: u8 = 6;
const EXPORT: u8 = 7;
const ELEMENT: u8 = 9;
const CODE: u8 = 10;
const DATA_COUNT: u8 = 12;
const TAG: u8 = 13;

/// Rewrites `wasm`, which `survey` describes.
pub(super) fn rewrite(wasm: &[u8], survey: &Survey) -> Result<Vec<u8>, FreezeError> {
    let sections = Sections::collect(wasm)?;
    let additions = Additions::new(survey);
    let mut out = Module::new();

    let raw = |out: &mut Module, id: u8| {
        if let Some(range) = sections.get(id) {
            out.section(&RawSection {
                id,
                data: &wasm[range],
            });
        }
    };
    let appended =
        |out: &mut Module, id: u8, count: u32, items: &[u8]| -> Result<(), FreezeError> {
            let old = sections.get(id).map_or(&[][..], |range| &wasm[range]);
            let data = append(old, count, items)?;
            out.section(&RawSection { id, data: &data });
            Ok(())
        };

    appended(&mut out, TYPE, 2, &additions.types)?;
    raw(&mut out, IMPORT);
    appended(
        &mut out,
        FUNCTION,
        additions.function_count,
        &additions.functions,
    )?;
    raw(&mut out, TABLE);
    raw(&mut out, MEMORY);
    raw(&mut out, TAG);
    raw(&mut out, GLOBAL);
    appended(
        &mut out,
        EXPORT,
        additions.exports.len(),
        &additions.export_items(),
    )?;
    raw(&mut out, ELEMENT);
    raw(&mut out, DATA_COUNT);
    let code = replace_by_calls(wasm, &survey.bulk, |kind| additions.in_pieces(kind))?;
    let data = append(&code, additions.function_count, &additions.code_items())?;
    out.section(&RawSection {
        id: CODE,
        data: &data,
    });
    if survey.has_data_count {
        out.section(&emptied_data(wasm)?);
    }
    if let Some(range) = &sections.name {
        out.section(&RawSection {
            id: 0,
            data: &wasm[range.clone()],
        });
    }
    Ok(out.finish())
}

/// Where each section of a module lies in its bytes.
#[derive(Default)]
struct Sections {
    known: Vec<(u8, Range<usize>)>,
    name: Option<Range<usize>>,
}

impl Sections {
    fn collect(wasm: &[u8]) -> Result<Self, FreezeError> {
        let mut sections = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            let Some((id, range)) = payload.as_section() else {
                continue;
            };
            match payload {
                Payload::CustomSection(section) if section.name() == "name" => {
                    sections.name = Some(range);
                }
                Payload::CustomSection(_) => {}
                _ => sections.known.push((id, range)),
            }
        }
        Ok(sections)
    }

    fn get(&self, id: u8) -> Option<Range<usize>> {
        self.known
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, range)| range.clone())
    }
}

/// What the freeze adds to a module.
struct Additions {
    /// The types of the added functions, encoded: [`Additions::PLAIN`] and [`Additions::BULK`].
    types: Vec<u8>,
    exports: ExportSection,
    /// Type indexes of the added functions, encoded.
    functions: Vec<u8>,
    function_count: u32,
    code: CodeSection,
    /// Index of the first function that copies or fills in pieces; [`BULK_KINDS`] says which it is.
    first_in_pieces: u32,
}

const BULK_KINDS: [BulkKind; 2] = [BulkKind::Copy, BulkKind::Fill];

impl Additions {
    /// `[] -> []`, counted from the first type that is added.
    const PLAIN: u32 = 0;
    /// What copies and fills take.
    const BULK: u32 = 1;

    fn new(survey: &Survey) -> Self {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function(BulkKind::PARAMETERS, []);
        let mut this = Self {
            types: items(&types),
            exports: ExportSection::new(),
            functions: Vec::new(),
            function_count: 0,
            code: CodeSection::new(),
            first_in_pieces: 0,
        };
        this.exports.export(names::MEMORY, ExportKind::Memory, 0);
        for &index in &survey.exported_globals {
            this.exports
                .export(&names::global(index), ExportKind::Global, index);
        }
        if survey.report.writes_tables() {
            for index in 0..survey.tables {
                this.exports
                    .export(&names::table(index), ExportKind::Table, index);
            }
        }
        if let Some(start) = survey.start {
            this.exports.export(names::START, ExportKind::Func, start);
        }
        for &segment in &survey.droppable {
            // Nothing, from behind the first byte: in bounds unless the segment has become empty.
            let nothing = [
                Instruction::I32Const(0),
                Instruction::I32Const(1),
                Instruction::I32Const(0),
                Instruction::MemoryInit {
                    mem: 0,
                    data_index: segment,
                },
            ];
            this.function(survey, &names::probe_data(segment), &nothing);
            this.function(
                survey,
                &names::drop_data(segment),
                &[Instruction::DataDrop(segment)],
            );
        }
        for elements in &survey.droppable_elements {
            let nothing = [
                if elements.table64 {
                    Instruction::I64Const(0)
                } else {
                    Instruction::I32Const(0)
                },
                Instruction::I32Const(1),
                Instruction::I32Const(0),
                Instruction::TableInit {
                    table: elements.table,
                    elem_index: elements.segment,
                },
            ];
            this.function(survey, &names::probe_elements(elements.segment), &nothing);
            this.function(
                survey,
                &names::drop_elements(elements.segment),
                &[Instruction::ElemDrop(elements.segment)],
            );
        }
        this.first_in_pieces = survey.functions + this.function_count;
        if !survey.bulk.is_empty() {
            for kind in BULK_KINDS {
                this.define(survey.types + Self::BULK, &kind.in_pieces());
            }
        }
        // Last, because the interrupt finds it in the compiled code as the module's last function.
        this.function(survey, names::TRAP, &[Instruction::Unreachable]);
        this
    }

    /// Adds an exported function without parameters, results or locals.
    fn function(&mut self, survey: &Survey, name: &str, body: &[Instruction<'_>]) {
        self.exports.export(
            name,
            ExportKind::Func,
            survey.functions + self.function_count,
        );
        let mut function = Function::new([]);
        for instruction in body {
            function.instruction(instruction);
        }
        function.instruction(&Instruction::End);
        self.define(survey.types + Self::PLAIN, &function);
    }

    fn define(&mut self, type_index: u32, function: &Function) {
        type_index.encode(&mut self.functions);
        self.code.function(function);
        self.function_count += 1;
    }

    /// Index of the function that copies or fills in pieces.
    fn in_pieces(&self, kind: BulkKind) -> u32 {
        self.first_in_pieces + kind as u32
    }

    fn export_items(&self) -> Vec<u8> {
        items(&self.exports)
    }

    fn code_items(&self) -> Vec<u8> {
        items(&self.code)
    }
}

/// The items of a section that was just encoded, without its size and count.
fn items(section: &impl Section) -> Vec<u8> {
    let mut bytes = Vec::new();
    section.encode(&mut bytes);
    let size = leb_len(&bytes);
    let count = leb_len(&bytes[size..]);
    bytes.split_off(size + count)
}

/// How many bytes the LEB128 number at the front of `bytes` takes.
fn leb_len(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1
}

/// A section's contents with `count` more items at its end.
fn append(old: &[u8], count: u32, items: &[u8]) -> Result<Vec<u8>, FreezeError> {
    let (old_count, old_items) = if old.is_empty() {
        (0, old)
    } else {
        let mut reader = wasmparser::BinaryReader::new(old, 0);
        let old_count = reader.read_var_u32()?;
        (old_count, &old[reader.current_position()..])
    };
    let mut data = Vec::with_capacity(old.len() + items.len() + 5);
    (old_count + count).encode(&mut data);
    data.extend_from_slice(old_items);
    data.extend_from_slice(items);
    Ok(data)
}

/// The data section with every active segment as an empty passive one, which is what the specification makes of it
/// once a module is instantiated: it is dropped.
fn emptied_data(wasm: &[u8]) -> Result<DataSection, FreezeError> {
    let mut section = DataSection::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::DataSection(segments) = payload? {
            for segment in segments {
                let segment = segment?;
                match segment.kind {
                    DataKind::Active { .. } => section.passive([]),
                    DataKind::Passive => section.passive(segment.data.iter().copied()),
                };
            }
        }
    }
    Ok(section)
}
