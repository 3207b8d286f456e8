//! Hashes of what a snapshot holds.

use cow_memory::Image;

/// Granularity at which zeros are left out, in bytes, whatever the host's page size.
const BLOCK_BYTES: usize = 4096;

/// The hash of an image: of every run of non-zero blocks, and of the length.
///
/// Holes and zeros hash alike, so the result does not depend on what the file system makes of them, and the holes of
/// a large image are never read.
pub(super) fn image(image: &Image) -> blake3::Hash {
    let bytes = image.as_bytes();
    let page_bytes = if image.len_pages() == 0 {
        0
    } else {
        image.len_bytes() / image.len_pages()
    };
    let mut hasher = blake3::Hasher::new();
    for run in image.data_pages().runs() {
        let begin = run.start as usize * page_bytes;
        let mut blocks = bytes[begin..begin + run.len_pages() * page_bytes].chunks(BLOCK_BYTES);
        let mut at = begin;
        // One update a run of non-zero blocks: the hash is several times faster on long inputs.
        let mut run_begin = None;
        loop {
            let block = blocks.next();
            let is_data = block.is_some_and(|block| block.iter().any(|byte| *byte != 0));
            match (run_begin, is_data) {
                (None, true) => run_begin = Some(at),
                (Some(from), false) => {
                    hasher.update(&(from as u64).to_le_bytes());
                    hasher.update(&((at - from) as u64).to_le_bytes());
                    hasher.update(&bytes[from..at]);
                    run_begin = None;
                }
                _ => {}
            }
            match block {
                Some(block) => at += block.len(),
                None => break,
            }
        }
    }
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_and_stored_zeros_hash_alike_and_every_byte_counts() {
        let mut bytes = vec![0_u8; 1 << 20];
        bytes[5000] = 1;
        bytes[300_000] = 2;
        let hash = |bytes: &[u8]| image(&Image::from_bytes(bytes).unwrap());
        let before = hash(&bytes);
        assert_eq!(before, hash(&bytes));
        for at in [0, 4095, 4096, 5000, 8192, 300_000, (1 << 20) - 1] {
            let mut other = bytes.clone();
            other[at] ^= 0x40;
            assert_ne!(before, hash(&other), "byte {at}");
        }
        // The same block elsewhere, and the same blocks in a longer image, are other images.
        let mut moved = vec![0_u8; 1 << 20];
        moved[5000 + BLOCK_BYTES] = 1;
        moved[300_000] = 2;
        assert_ne!(before, hash(&moved));
        bytes.resize(2 << 20, 0);
        assert_ne!(before, hash(&bytes));
    }
}
