//! Where a module's compiled code lies, and where in it an interrupt lands.

use crate::sys::code::CodeRange;
use serde::{Deserialize, Serialize};
use wasmtime::Module;

/// `ud2`, which is what `unreachable` compiles to on x86-64.
const UD2: [u8; 2] = [0x0f, 0x0b];
/// The trap function saves a frame pointer and traps; anything longer is not what we know.
const TRAP_FUNCTION_BYTES_MAX: usize = 64;
/// Functions lie one after another, with no more than this between them. Trampolines, which are longer, lie elsewhere.
const ALIGNMENT_BYTES_MAX: usize = 32;

/// Offsets into the compiled module's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrapSite {
    /// Where the code of the module's functions begins.
    pub(crate) code_begin: u64,
    /// Where it ends.
    pub(crate) code_end: u64,
    /// The trapping instruction.
    pub(crate) trap: u64,
}

/// Finds the landing place in a module that was just compiled: the only `ud2` of its last function.
///
/// `None` where the code does not look as expected; nothing is guessed.
pub(crate) fn find_trap_site(module: &Module) -> Option<TrapSite> {
    if cfg!(not(target_arch = "x86_64")) {
        return None;
    }
    let text = module.text();
    let (mut begin, mut end) = (usize::MAX, 0);
    let mut last = None;
    for function in module.functions() {
        if last.is_some() && !(end..end + ALIGNMENT_BYTES_MAX).contains(&function.offset) {
            // Something else may lie between the functions, where a guest must not be interrupted.
            return None;
        }
        begin = begin.min(function.offset);
        end = function.offset + function.len;
        last = Some(function);
    }
    let last = last?;
    let code = text.get(last.offset..last.offset + last.len)?;
    if code.len() > TRAP_FUNCTION_BYTES_MAX {
        return None;
    }
    let mut traps = code
        .windows(2)
        .enumerate()
        .filter(|(_, bytes)| *bytes == UD2)
        .map(|(at, _)| at);
    let trap = last.offset + traps.next()?;
    if traps.next().is_some() {
        return None;
    }
    Some(TrapSite {
        code_begin: begin as u64,
        code_end: end as u64,
        trap: trap as u64,
    })
}

/// The addresses that `site` stands for in a loaded module, if there is a trapping instruction.
pub(crate) fn code_range(module: &Module, site: &TrapSite) -> Option<CodeRange> {
    let text = module.text();
    let base = text.as_ptr().addr();
    let offset = |offset: u64| usize::try_from(offset).ok().filter(|at| *at <= text.len());
    let (begin, end, trap) = (
        offset(site.code_begin)?,
        offset(site.code_end)?,
        offset(site.trap)?,
    );
    let lands = (begin..end).contains(&trap) && text.get(trap..trap + 2)? == UD2;
    lands.then_some(CodeRange {
        begin: base + begin,
        end: base + end,
        trap: base + trap,
    })
}
