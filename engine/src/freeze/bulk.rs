//! Long copies and fills, cut into pieces that an interrupt can come between.
//!
//! One `memory.copy` or `memory.fill` is a single instruction to the guest and a call of the host's to the compiled
//! code, and can move all of linear memory: tens of milliseconds, most of them page faults, in which the guest cannot be
//! stopped. So a long one becomes a call of a function that does the same a piece at a time. Between two pieces the
//! guest is in its own code again.
//!
//! ```text
//!   memory.copy d s n  ──►  if n > a piece  call copy d s n
//!                           else            memory.copy d s n
//!
//!   copy d s n:             out of bounds   memory.copy d s n, which traps before the first byte
//!                           d <= s          pieces, the first one first
//!                           d > s           pieces, the last one first
//! ```
//!
//! Nearly all are short, and a call for each of those costs busy programs 2.5 %; with the comparison
//! in place it is 1 %, which is what the alignment of code does too.
//!
//! The order is what makes it one copy where source and target overlap: no piece is overwritten before it was read.

use super::FreezeError;
use std::ops::Range;
use wasm_encoder::{BlockType, Encode, Function, Instruction, ValType};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// Bytes that are copied or filled at once: 64 pages, so that page faults on all of them take some 100 µs, and so many
/// that the call between two pieces is lost in the copying.
const PIECE_BYTES: i32 = 256 << 10;

/// The freeze refuses memories with pages of any other size than 64 KiB.
const WASM_PAGE_BITS: i64 = 16;

/// An instruction that copies or fills as many bytes as it likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BulkSite {
    pub(super) kind: BulkKind,
    /// Where in the module it is.
    pub(super) range: Range<usize>,
    /// The first of the three locals that its function gets for it.
    first_local: u32,
}

/// What an implementation has to bear, and none bears more.
const LOCALS_MAX: u32 = 50_000;
const BODY_BYTES_MAX: usize = 7_654_321;
/// What a site takes more in its function's body, at most.
const SITE_BYTES_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BulkKind {
    Copy,
    Fill,
}

/// Where `body`, of a function with so many parameters, copies or fills. What is known to be short is left out, and so
/// is a function that has no room for more.
pub(super) fn find_sites(
    body: &FunctionBody<'_>,
    parameters: u32,
    sites: &mut Vec<BulkSite>,
) -> Result<(), FreezeError> {
    let mut first_local = parameters;
    for group in body.get_locals_reader()? {
        first_local += group?.0;
    }
    let mut reader = body.get_operators_reader()?;
    let mut is_short = false;
    let mut found = Vec::new();
    while !reader.eof() {
        let begin = reader.original_position();
        let op = reader.read()?;
        let kind = match op {
            Operator::MemoryCopy { .. } => Some(BulkKind::Copy),
            Operator::MemoryFill { .. } => Some(BulkKind::Fill),
            _ => None,
        };
        if let Some(kind) = kind.filter(|_| !is_short) {
            found.push(BulkSite {
                kind,
                range: begin..reader.original_position(),
                first_local,
            });
        }
        is_short = matches!(op, Operator::I32Const { value } if (0..=PIECE_BYTES).contains(&value));
    }
    let bytes = body.range().len() + (found.len() + 1) * SITE_BYTES_MAX;
    if first_local + OPERANDS <= LOCALS_MAX && bytes <= BODY_BYTES_MAX {
        sites.append(&mut found);
    }
    Ok(())
}

/// Both instructions take three numbers.
const OPERANDS: u32 = 3;

/// The code section of `wasm` where each of `sites`, if it is long, calls the function that `function` names.
pub(super) fn replace_by_calls(
    wasm: &[u8],
    sites: &[BulkSite],
    function: impl Fn(BulkKind) -> u32,
) -> Result<Vec<u8>, FreezeError> {
    let mut section = Vec::new();
    let mut sites = sites.iter().peekable();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::CodeSectionStart { count, .. } => count.encode(&mut section),
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                let mut bytes = Vec::with_capacity(range.len());
                let mut done = range.start;
                while let Some(site) = sites.next_if(|site| site.range.start < range.end) {
                    if done == range.start {
                        done = add_locals(wasm, &body, &mut bytes)?;
                    }
                    bytes.extend_from_slice(&wasm[done..site.range.start]);
                    site.encode(&wasm[site.range.clone()], function(site.kind), &mut bytes);
                    done = site.range.end;
                }
                bytes.extend_from_slice(&wasm[done..range.end]);
                bytes.encode(&mut section);
            }
            _ => {}
        }
    }
    Ok(section)
}

/// Writes `body`'s locals and those for the operands behind them. Where in `wasm` the code begins.
fn add_locals(
    wasm: &[u8],
    body: &FunctionBody<'_>,
    bytes: &mut Vec<u8>,
) -> Result<usize, FreezeError> {
    let mut reader = body.get_binary_reader();
    let groups = reader.read_var_u32()?;
    let code = body.get_operators_reader()?.original_position();
    (groups + 1).encode(bytes);
    bytes.extend_from_slice(&wasm[reader.original_position()..code]);
    OPERANDS.encode(bytes);
    ValType::I32.encode(bytes);
    Ok(code)
}

impl BulkSite {
    /// Writes what takes the place of the instruction, which is `original`.
    fn encode(&self, original: &[u8], function: u32, bytes: &mut Vec<u8>) {
        let [target, with, len] = [0, 1, 2].map(|operand| self.first_local + operand);
        let operands = [target, with, len].map(Instruction::LocalGet);
        for local in [len, with, target] {
            Instruction::LocalSet(local).encode(bytes);
        }
        Instruction::LocalGet(len).encode(bytes);
        Instruction::I32Const(PIECE_BYTES).encode(bytes);
        Instruction::I32GtU.encode(bytes);
        Instruction::If(BlockType::Empty).encode(bytes);
        operands.iter().for_each(|operand| operand.encode(bytes));
        Instruction::Call(function).encode(bytes);
        Instruction::Else.encode(bytes);
        operands.iter().for_each(|operand| operand.encode(bytes));
        bytes.extend_from_slice(original);
        Instruction::End.encode(bytes);
    }
}

impl BulkKind {
    /// The function that does the same in pieces. Its parameters are the instruction's, which is a long one.
    pub(super) fn in_pieces(self) -> Function {
        const TARGET: u32 = 0;
        /// A copy's source, a fill's value.
        const WITH: u32 = 1;
        const LEN: u32 = 2;

        let at_once = match self {
            Self::Copy => Instruction::MemoryCopy {
                src_mem: 0,
                dst_mem: 0,
            },
            Self::Fill => Instruction::MemoryFill(0),
        };
        let whole = [
            Instruction::LocalGet(TARGET),
            Instruction::LocalGet(WITH),
            Instruction::LocalGet(LEN),
            at_once.clone(),
        ];
        let whole_and_return = || {
            let end = [Instruction::Return, Instruction::End];
            whole.clone().into_iter().chain(end)
        };
        let add = |local: u32, other: Instruction<'static>| {
            [Instruction::LocalGet(local), other, Instruction::I32Add]
        };
        let advance = |local: u32| {
            add(local, Instruction::I32Const(PIECE_BYTES))
                .into_iter()
                .chain([Instruction::LocalSet(local)])
        };
        let shorten = [
            Instruction::LocalGet(LEN),
            Instruction::I32Const(PIECE_BYTES),
            Instruction::I32Sub,
            Instruction::LocalSet(LEN),
        ];
        let again_if_long = [
            Instruction::LocalGet(LEN),
            Instruction::I32Const(PIECE_BYTES),
            Instruction::I32GtU,
            Instruction::BrIf(0),
            Instruction::End,
        ];
        let begin_if = Instruction::If(BlockType::Empty);
        let begin_loop = Instruction::Loop(BlockType::Empty);

        let mut code: Vec<Instruction<'_>> = Vec::new();
        code.extend(ends_outside(TARGET, LEN));
        if self == Self::Copy {
            code.extend(ends_outside(WITH, LEN));
            code.push(Instruction::I32Or);
        }
        code.push(begin_if.clone());
        code.extend(whole_and_return());

        if self == Self::Copy {
            code.extend([
                Instruction::LocalGet(TARGET),
                Instruction::LocalGet(WITH),
                Instruction::I32GtU,
                begin_if,
                begin_loop.clone(),
            ]);
            code.extend(shorten.clone());
            code.extend(add(TARGET, Instruction::LocalGet(LEN)));
            code.extend(add(WITH, Instruction::LocalGet(LEN)));
            code.extend([Instruction::I32Const(PIECE_BYTES), at_once.clone()]);
            code.extend(again_if_long.clone());
            code.extend(whole_and_return());
        }

        code.extend([
            begin_loop,
            Instruction::LocalGet(TARGET),
            Instruction::LocalGet(WITH),
            Instruction::I32Const(PIECE_BYTES),
            at_once,
        ]);
        code.extend(advance(TARGET));
        if self == Self::Copy {
            code.extend(advance(WITH));
        }
        code.extend(shorten);
        code.extend(again_if_long);
        code.extend(whole);
        code.push(Instruction::End);

        let mut function = Function::new([]);
        for instruction in &code {
            function.instruction(instruction);
        }
        function
    }

    /// Type of the parameters; there is no result.
    pub(super) const PARAMETERS: [ValType; 3] = [ValType::I32; 3];
}

/// Whether `len` bytes from `at` are not all in memory.
fn ends_outside(at: u32, len: u32) -> [Instruction<'static>; 10] {
    [
        Instruction::LocalGet(at),
        Instruction::I64ExtendI32U,
        Instruction::LocalGet(len),
        Instruction::I64ExtendI32U,
        Instruction::I64Add,
        Instruction::MemorySize(0),
        Instruction::I64ExtendI32U,
        Instruction::I64Const(WASM_PAGE_BITS),
        Instruction::I64Shl,
        Instruction::I64GtU,
    ]
}
