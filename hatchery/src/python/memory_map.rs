//! What lies where in the guest's memory, as the guest drew it when its snapshot was taken.

use crate::dirty_report::Owner;
use std::ops::Range;

/// Where in a golden snapshot's metadata the address of the map is.
pub(crate) const METADATA_MEMORY_MAP: &str = "memory_map_address";

/// The guest's map, in `docs/guest-abi.md`'s order.
const WORDS: usize = 6;

/// What each part of the memory is for. Which files and buffers lie in the heap it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemoryMap {
    stack: Range<u32>,
    data: Range<u32>,
    golden_heap: Range<u32>,
}

impl MemoryMap {
    /// Reads the map at `address` of a golden image. `None` when that is no map: the image may be of a guest that does
    /// not draw one, or that has written over it.
    pub(crate) fn read(image: &[u8], address: u32) -> Option<Self> {
        let from = address as usize;
        let bytes = image.get(from..from.checked_add(WORDS * 4)?)?;
        let mut words = [0; WORDS];
        for (word, four) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes(four.try_into().expect("four bytes"));
        }
        let [.., sealed_end] = words;
        let is_sound = words.is_sorted() && sealed_end != 0 && sealed_end as usize <= image.len();
        let [stack_start, stack_end, data_start, data_end, heap_start, _] = words;
        is_sound.then_some(Self {
            stack: stack_start..stack_end,
            data: data_start..data_end,
            golden_heap: heap_start..sealed_end,
        })
    }

    /// Who has most of the page at this address.
    pub(crate) fn owner(&self, page: Range<u64>) -> Owner {
        let new_heap = u64::from(self.golden_heap.end)..u64::MAX;
        let wide = |part: &Range<u32>| u64::from(part.start)..u64::from(part.end);
        let parts = [
            (Owner::Stack, wide(&self.stack)),
            (Owner::StaticData, wide(&self.data)),
            (Owner::GoldenHeap, wide(&self.golden_heap)),
            (Owner::NewHeap, new_heap),
        ];
        let shared = |part: &Range<u64>| {
            let (from, to) = (part.start.max(page.start), part.end.min(page.end));
            to.saturating_sub(from)
        };
        let most = parts.iter().max_by_key(|(_, part)| shared(part));
        match most {
            Some((owner, part)) if shared(part) > 0 => *owner,
            _ => Owner::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(words: [u32; WORDS]) -> Vec<u8> {
        let mut image = vec![0xff; 8];
        image.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        image.resize(64 << 10, 0);
        image
    }

    #[test]
    fn what_is_no_map_is_none() {
        let sound = [0, 0x4000, 0x4000, 0x7100, 0x7100, 0x9000];
        assert!(MemoryMap::read(&image(sound), 8).is_some());
        assert_eq!(MemoryMap::read(&image(sound), 64 << 10), None);
        assert_eq!(MemoryMap::read(&image(sound), u32::MAX), None);
        assert_eq!(MemoryMap::read(&image([0; WORDS]), 8), None, "never drawn");
        for broken in 0..WORDS {
            let mut words = sound;
            words[broken] = if broken == WORDS - 1 {
                0x7000
            } else {
                u32::MAX
            };
            assert_eq!(MemoryMap::read(&image(words), 8), None, "{words:x?}");
        }
    }

    #[test]
    fn a_page_belongs_to_whoever_has_most_of_it() {
        let map = MemoryMap::read(&image([0x1000, 0x4000, 0x4200, 0x7100, 0x7100, 0x9000]), 8);
        let map = map.unwrap();
        let owners = (0..11).map(|page| map.owner(page << 12..(page + 1) << 12));
        use Owner::{GoldenHeap, NewHeap, Stack, StaticData, Unknown};
        let expected = [
            Unknown, Stack, Stack, Stack, StaticData, StaticData, StaticData, GoldenHeap,
            GoldenHeap, NewHeap, NewHeap,
        ];
        assert_eq!(owners.collect::<Vec<_>>(), expected);
    }
}
