//! Modules that must be refused, and what must survive the rewrite.

use super::*;
use wasmparser::{Parser, Payload, Validator};

fn frozen(wat: &str) -> Frozen {
    let frozen = freeze(&wat::parse_str(wat).unwrap()).unwrap();
    Validator::new().validate_all(frozen.wasm()).unwrap();
    frozen
}

fn refused(wat: &str) -> FreezeError {
    freeze(&wat::parse_str(wat).unwrap()).unwrap_err()
}

fn exports(wasm: &[u8]) -> Vec<(String, u32)> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ExportSection(section) = payload.unwrap() {
            names.extend(section.into_iter().map(|e| {
                let e = e.unwrap();
                (e.name.to_owned(), e.index)
            }));
        }
    }
    names
}

fn export(frozen: &Frozen, name: &str) -> Option<u32> {
    exports(frozen.wasm())
        .into_iter()
        .find(|(n, _)| n == name)
        .map(|(_, index)| index)
}

#[test]
fn bytes_that_are_no_module_are_refused() {
    assert!(matches!(freeze(b""), Err(FreezeError::Invalid(_))));
    assert!(matches!(freeze(b"\0asm"), Err(FreezeError::Invalid(_))));
    assert!(matches!(
        freeze(b"\0asm\x0d\0\x01\0"),
        Err(FreezeError::Invalid(_))
    ));
    assert!(matches!(
        freeze(&[0xff; 4096]),
        Err(FreezeError::Invalid(_))
    ));
}

#[test]
fn damaged_modules_never_panic() {
    let wasm = wat::parse_str(
        r#"(module (import "a" "b" (func)) (type (func (param i32))) (memory 1) (global (mut i32) (i32.const 1))
             (table 2 funcref) (elem (i32.const 0) 0) (func $s (data.drop 1)) (start $s) (export "x" (func 0))
             (data (i32.const 1) "abc") (data "passive"))"#,
    )
    .unwrap();
    for at in 0..wasm.len() {
        let _ = freeze(&wasm[..at]);
        for bit in 0..8 {
            let mut damaged = wasm.clone();
            damaged[at] ^= 1 << bit;
            if let Ok(frozen) = freeze(&damaged) {
                Validator::new().validate_all(frozen.wasm()).unwrap();
            }
        }
    }
}

#[test]
fn modules_whose_state_a_snapshot_would_miss_are_refused() {
    assert!(matches!(refused("(module)"), FreezeError::NoMemory));
    assert!(matches!(
        refused("(module (memory 1) (memory 1))"),
        FreezeError::ManyMemories { count: 2 }
    ));
    assert!(matches!(
        refused(r#"(module (import "env" "memory" (memory 1)))"#),
        FreezeError::ImportedMemory { .. }
    ));
    assert!(matches!(
        refused("(module (memory i64 1))"),
        FreezeError::Memory64
    ));
    assert!(matches!(
        refused("(module (memory 1 2 shared))"),
        FreezeError::SharedMemory
    ));
    assert!(matches!(
        refused(r#"(module (import "env" "g" (global (mut i32))) (memory 1))"#),
        FreezeError::ImportedMutableGlobal { .. }
    ));
    assert!(matches!(
        refused(
            r#"(module (memory 1) (func $f) (elem declare func $f) (global (mut (ref func)) (ref.func $f)))"#
        ),
        FreezeError::ReferenceGlobal { index: 0 }
    ));
    assert!(matches!(
        refused(r#"(module (memory (export "hatchery:memory") 1))"#),
        FreezeError::ReservedExport { .. }
    ));
}

#[test]
fn collected_objects_are_refused_because_they_live_outside_memory() {
    let module = "(module (memory 1) (type $s (struct (field (mut i32)))) (func (drop (struct.new $s (i32.const 1)))))";
    assert!(matches!(refused(module), FreezeError::Invalid(_)));
}

#[test]
fn active_data_is_never_left_in_the_module() {
    let without_count =
        frozen(r#"(module (memory 1) (data (i32.const 8) "secret") (data (i32.const 9) "x"))"#);
    assert!(!without_count.wasm().windows(6).any(|w| w == b"secret"));
    assert_eq!(without_count.segments().len(), 2);
    assert_eq!(without_count.segments()[0].bytes(), b"secret");
    assert_eq!(
        without_count.segments()[0].offset().evaluate(|_| None),
        Some(8)
    );
    assert_eq!(without_count.report().data_bytes, 7);

    let with_count = frozen(
        r#"(module (memory 1) (data (i32.const 8) "secret") (data "passive")
             (func (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 1))))"#,
    );
    assert!(!with_count.wasm().windows(6).any(|w| w == b"secret"));
    assert!(with_count.wasm().windows(7).any(|w| w == b"passive"));
    assert_eq!(with_count.report().passive_segments, 1);
}

#[test]
fn function_indexes_do_not_shift() {
    let frozen = frozen(
        r#"(module (import "a" "i" (func)) (memory 1) (func $f (export "f")) (func $s) (start $s))"#,
    );
    assert_eq!(export(&frozen, "f"), Some(1));
    assert_eq!(export(&frozen, names::START), Some(2));
    assert_eq!(export(&frozen, names::TRAP), Some(3));
    assert_eq!(frozen.start_export(), Some(names::START));
}

#[test]
fn only_globals_that_can_change_are_saved() {
    let frozen = frozen(
        "(module (memory 1) (global i32 (i32.const 7)) (global (mut i64) (i64.const 1)) (global (mut v128) (v128.const i64x2 1 2)))",
    );
    assert_eq!(export(&frozen, &names::global(0)), None);
    assert_eq!(export(&frozen, &names::global(1)), Some(1));
    assert_eq!(frozen.layout().mutable_globals, [1, 2]);
}

#[test]
fn an_offset_that_reads_an_imported_global_can_be_evaluated() {
    let frozen = frozen(
        r#"(module (import "env" "base" (global i32)) (memory 1)
             (data (i32.add (global.get 0) (i32.const 4)) "x"))"#,
    );
    assert_eq!(export(&frozen, &names::global(0)), Some(0));
    let name = names::global(0);
    let offset = frozen.segments()[0].offset();
    assert_eq!(offset.evaluate(|n| (n == name).then_some(100)), Some(104));
}

#[test]
fn state_outside_memory_forces_a_fresh_store() {
    let plain = frozen(
        "(module (memory 1) (table 1 funcref) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
    );
    assert_eq!(plain.reset_kind(), ResetKind::InPlace);

    let table = frozen(
        "(module (memory 1) (table 1 funcref) (func (table.set (i32.const 0) (ref.null func))))",
    );
    assert_eq!(table.reset_kind(), ResetKind::FreshStore);
    assert_eq!(table.layout().written_tables, 1);

    let drops = frozen(r#"(module (memory 1) (data "p") (func (data.drop 0)))"#);
    assert_eq!(drops.reset_kind(), ResetKind::FreshStore);
    assert_eq!(drops.layout().droppable_segments, [0]);

    // An active segment is dropped by instantiation already, so dropping it again changes nothing.
    let active = frozen(r#"(module (memory 1) (data (i32.const 0) "a") (func (data.drop 0)))"#);
    assert_eq!(active.reset_kind(), ResetKind::InPlace);
}

#[test]
fn debug_sections_are_dropped_and_names_are_kept() {
    let frozen =
        frozen(r#"(module (@custom ".debug_info" "dwarf") (memory 1) (func $remembered))"#);
    assert!(!frozen.wasm().windows(5).any(|w| w == b"dwarf"));
    assert!(frozen.wasm().windows(10).any(|w| w == b"remembered"));
}

#[test]
fn subtypes_of_functions_are_refused() {
    // wasmtime 48 without a collector ends the process where `caller` asks for the subtype.
    let subtype = r#"(module (memory 1) (type $t (sub (func))) (type $u (sub $t (func)))
        (table 1 funcref) (func $f (type $u)) (elem (i32.const 0) $f)
        (func (export "caller") (call_indirect (type $t) (i32.const 0))))"#;
    assert!(matches!(refused(subtype), FreezeError::Invalid(_)));
}

#[test]
fn an_offset_into_a_memory_of_64_bits_is_not_what_is_complained_of() {
    let wide = r#"(module (memory i64 1) (data (i64.const 0) "a"))"#;
    assert!(matches!(refused(wide), FreezeError::Memory64));
}

/// Four MiB of memory, each byte of which says where it is, and ways to copy and fill it.
const BULK: &str = r#"(module (memory (export "memory") 64)
  (func (export "prepare") (local $at i32)
    (loop $next
      (i32.store (local.get $at) (i32.mul (local.get $at) (i32.const 0x9e3779b1)))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x400000)))))
  (func (export "copy") (param i32 i32 i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "fill") (param i32 i32 i32)
    (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "among_locals") (param i32 i32 i32) (local i64 f64) (local $sum i32) (local v128)
    (local.set 3 (i64.const -3))
    (local.set 4 (f64.const 0.5))
    (local.set $sum (i32.add (local.get 0) (local.get 2)))
    (memory.copy (local.get 0) (local.get 1) (local.get 2))
    (block (result i32) (memory.fill (local.get 1) (i32.const 3) (local.get 2)) (i32.const 1))
    (local.set $sum (i32.add (local.get $sum)))
    (i64.store (i32.const 8) (local.get 3))
    (f64.store (i32.const 16) (local.get 4))
    (i32.store (i32.const 24) (local.get $sum))
    (v128.store (i32.const 32) (local.get 6)))
  (func (export "short") (memory.copy (i32.const 0) (i32.const 9) (i32.const 262144)))
  (func (export "long") (memory.fill (i32.const 0) (i32.const 9) (i32.const 262145))))"#;

/// Runs `function` on the prepared memory of `module`: how it ended, and the memory.
fn after(
    module: &wasmtime::Module,
    function: &str,
    params: (i32, i32, i32),
) -> (Option<wasmtime::Trap>, Vec<u8>) {
    let mut store = wasmtime::Store::new(module.engine(), ());
    let instance = wasmtime::Instance::new(&mut store, module, &[]).unwrap();
    let prepare = instance
        .get_typed_func::<(), ()>(&mut store, "prepare")
        .unwrap();
    prepare.call(&mut store, ()).unwrap();
    let run = instance
        .get_typed_func::<(i32, i32, i32), ()>(&mut store, function)
        .unwrap();
    let ended = run.call(&mut store, params);
    let trap = ended.err().map(|error| error.downcast().unwrap());
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    (trap, memory.data(&store).to_vec())
}

#[test]
fn a_copy_in_pieces_is_the_same_copy() {
    const PIECE: i32 = 256 << 10;
    const END: i32 = 4 << 20;
    let engine = wasmtime::Engine::default();
    let plain = wasmtime::Module::new(&engine, wat::parse_str(BULK).unwrap()).unwrap();
    let pieces = wasmtime::Module::new(&engine, frozen(BULK).wasm()).unwrap();
    let lengths = [
        0,
        1,
        PIECE - 1,
        PIECE,
        PIECE + 1,
        2 * PIECE,
        3 * PIECE + 5,
        END,
    ];
    let places = [0, 77, PIECE, PIECE + 3, END - PIECE, END - 1, END, -1];
    for len in lengths {
        for to in places {
            for from in places {
                let copy = (to, from, len);
                assert!(
                    after(&plain, "among_locals", copy) == after(&pieces, "among_locals", copy),
                    "among locals, {copy:?} differs"
                );
                let (expected, found) = (after(&plain, "copy", copy), after(&pieces, "copy", copy));
                assert!(
                    expected == found,
                    "copy{copy:?} differs: {:?}, {:?}",
                    expected.0,
                    found.0
                );
            }
            let fill = (to, 0x1ab, len);
            let (expected, found) = (after(&plain, "fill", fill), after(&pieces, "fill", fill));
            assert!(
                expected == found,
                "fill{fill:?} differs: {:?}, {:?}",
                expected.0,
                found.0
            );
        }
    }
}

#[test]
fn no_copy_or_fill_of_unknown_length_is_left_in_one_piece() {
    let plain = wat::parse_str(BULK).unwrap();
    let found = survey::survey(&plain).unwrap().bulk;
    let kinds: Vec<_> = found.iter().map(|site| site.kind).collect();
    use bulk::BulkKind::{Copy, Fill};
    assert_eq!(
        kinds,
        [Copy, Fill, Copy, Fill, Fill],
        "a copy of 256 KiB is short enough"
    );
    // What is left is the short copy, at each site the instruction for when it is short, and what the pieces are made
    // of: the whole where it traps, a piece, and the rest.
    let frozen = frozen(BULK);
    let mut left = (0, 0);
    for payload in Parser::new(0).parse_all(frozen.wasm()) {
        if let Payload::CodeSectionEntry(body) = payload.unwrap() {
            for op in body.get_operators_reader().unwrap() {
                match op.unwrap() {
                    wasmparser::Operator::MemoryCopy { .. } => left.0 += 1,
                    wasmparser::Operator::MemoryFill { .. } => left.1 += 1,
                    _ => {}
                }
            }
        }
    }
    let (in_copy, in_fill) = (5, 3);
    assert_eq!(left, (1 + 2 + in_copy, 3 + in_fill));
}

#[test]
fn modules_that_neither_copy_nor_fill_get_no_functions_for_it() {
    let functions = |wat| {
        let wasm = frozen(wat);
        Parser::new(0)
            .parse_all(wasm.wasm())
            .find_map(|payload| match payload.unwrap() {
                Payload::FunctionSection(section) => Some(section.count()),
                _ => None,
            })
    };
    assert_eq!(functions("(module (memory 1) (func))"), Some(2));
    assert_eq!(functions(BULK), Some(6 + 2 + 1));
}
