//! Where memory comes from.

use hatchery_tests::guest;
use wasmparser::{Operator, Parser, Payload};

/// libc's object brings an allocator of its own along with what calls it, such as `strdup`; what that gives would break
/// the heap when it is freed.
#[test]
fn memory_does_not_come_from_two_allocators() {
    let module = std::fs::read(guest().wasm_path).unwrap();
    let mut growing = 0;
    for payload in Parser::new(0).parse_all(&module) {
        if let Payload::CodeSectionEntry(body) = payload.unwrap() {
            let mut operators = body.get_operators_reader().unwrap();
            while !operators.eof() {
                growing += usize::from(matches!(
                    operators.read().unwrap(),
                    Operator::MemoryGrow { .. }
                ));
            }
        }
    }
    // c/heap.c, and libc's sbrk for the allocator that CPython has as well, and that is not used here.
    assert_eq!(growing, 2, "places that make memory grow");
}
