//! Golden images: the sealed bytes that every slot starts from.
//!
//! ```text
//!   image file    | data | hole | data | data | hole | ...   one page each
//!                     |             \      |
//!   slot, clean    image   (zero)   image  image             nothing private
//!   slot, written  image   private  image  private           copy on write
//! ```

use crate::dirty::PageSet;
use crate::error::Error;
use crate::sys;
use parking_lot::Mutex;
use std::fmt;
use std::fs::File;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// Bytes read from a file at a time when it is copied.
const COPY_CHUNK_BYTES: usize = 1 << 20;

/// Identity of an [`Image`] within this process. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId(NonZeroU64);

impl ImageId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(NonZeroU64::new(id).unwrap_or(NonZeroU64::MAX))
    }

    /// The identity as a number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

/// A golden memory: bytes that never change, mapped into any number of slots.
///
/// Cloning is cheap and gives the same image. The memory is freed when the last
/// clone, and the last slot that shows it, are gone.
///
/// ```
/// use cow_memory::Image;
///
/// let image = Image::from_bytes(&[7; 65536])?;
/// assert_eq!(image.len_bytes(), 65536);
/// assert_eq!(image.as_bytes()[100], 7);
/// # Ok::<(), cow_memory::Error>(())
/// ```
#[derive(Clone)]
pub struct Image {
    inner: Arc<Inner>,
}

struct Inner {
    id: ImageId,
    /// Who keep slots that show the image.
    watches: Mutex<Vec<Weak<dyn ImageWatch>>>,
    file: File,
    offset: u64,
    len_bytes: usize,
    view: sys::FileView,
    data_pages: PageSet,
}

/// Wants to know when an image is gone.
pub(crate) trait ImageWatch: Send + Sync {
    /// Nobody has the image any more.
    fn image_is_gone(&self, id: ImageId);
}

impl Drop for Inner {
    fn drop(&mut self) {
        for watch in self.watches.get_mut().drain(..) {
            if let Some(watch) = watch.upgrade() {
                watch.image_is_gone(self.id);
            }
        }
    }
}

impl Image {
    /// An image with a copy of `bytes`. Pages of zeros take no memory.
    ///
    /// # Errors
    ///
    /// [`Error::ImageLength`] when `bytes` does not fill whole pages (none at
    /// all is fine), or the kernel's refusal to make the memory file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut builder = Builder::new(bytes.len())?;
        builder.append(bytes)?;
        builder.finish()
    }

    /// An image of `len_bytes` zeros, to bake a module from its own data.
    ///
    /// # Errors
    ///
    /// As [`Image::from_bytes`].
    pub fn zeroed(len_bytes: usize) -> Result<Self, Error> {
        Builder::new(len_bytes)?.finish()
    }

    /// An image with a copy of `len_bytes` bytes of `file` from `offset` on, for
    /// files that somebody else could change or cut short.
    ///
    /// The file's read position neither matters nor moves.
    ///
    /// # Errors
    ///
    /// [`Error::ImageFileTooShort`] when the file ends early, otherwise as
    /// [`Image::from_bytes`].
    pub fn copy_from_file(file: &File, offset: u64, len_bytes: usize) -> Result<Self, Error> {
        let mut builder = Builder::new(len_bytes)?;
        check_file_length(file, offset, len_bytes)?;
        let mut buffer = vec![0; COPY_CHUNK_BYTES.min(len_bytes)];
        let mut left = len_bytes;
        while left > 0 {
            let chunk = &mut buffer[..left.min(COPY_CHUNK_BYTES)];
            let position = offset + (len_bytes - left) as u64;
            sys::read_exact_at(file, chunk, position)
                .map_err(Error::system("reading the image file"))?;
            builder.append(chunk)?;
            left -= chunk.len();
        }
        builder.finish()
    }

    /// What [`Image::map_file`] does, once its caller has vouched.
    pub(crate) fn from_vouched_file(
        file: &File,
        offset: u64,
        len_bytes: usize,
    ) -> Result<Self, Error> {
        check_length(len_bytes)?;
        if !offset.is_multiple_of(sys::page_size() as u64) {
            return Err(Error::ImageOffset {
                offset,
                page_size: sys::page_size(),
            });
        }
        check_file_length(file, offset, len_bytes)?;
        let data_pages = data_pages_of(file, offset, len_bytes);
        let file = file
            .try_clone()
            .map_err(Error::system("duplicating the image's descriptor"))?;
        Self::new(file, offset, len_bytes, data_pages)
    }

    fn new(file: File, offset: u64, len_bytes: usize, data_pages: PageSet) -> Result<Self, Error> {
        let view = sys::FileView::new(&file, offset, len_bytes)
            .map_err(Error::system("mapping the image for reading"))?;
        Ok(Self {
            inner: Arc::new(Inner {
                id: ImageId::next(),
                watches: Mutex::default(),
                file,
                offset,
                len_bytes,
                view,
                data_pages,
            }),
        })
    }

    /// The image's identity.
    #[must_use]
    pub fn id(&self) -> ImageId {
        self.inner.id
    }

    /// Length in bytes, a multiple of the page size.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.inner.len_bytes
    }

    /// Length in pages.
    #[must_use]
    pub fn len_pages(&self) -> usize {
        self.inner.len_bytes / sys::page_size()
    }

    /// The bytes, through a shared read-only mapping.
    ///
    /// Reading a page that is not in [`Image::data_pages`] gives zeros, and
    /// makes the kernel allocate a page for them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.inner.view.bytes()
    }

    /// The bytes of a page; `None` for one that is all zeros or past the end.
    ///
    /// Unlike a read through [`Image::as_bytes`] this never makes the kernel
    /// allocate a page.
    #[must_use]
    pub fn page_data(&self, page: u32) -> Option<&[u8]> {
        if !self.inner.data_pages.contains(page) {
            return None;
        }
        let (begin, len) = (page as usize * sys::page_size(), sys::page_size());
        self.as_bytes().get(begin..begin + len)
    }

    /// The pages that may hold something other than zeros.
    #[must_use]
    pub fn data_pages(&self) -> &PageSet {
        &self.inner.data_pages
    }

    /// Whether the kernel guarantees that no byte of the image can change.
    ///
    /// True for all images but those of [`Image::map_file`].
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        sys::seals(&self.inner.file).is_ok_and(|(sealed, _)| sealed)
    }

    /// Whether programs that this process starts do not inherit the image.
    #[must_use]
    pub fn is_close_on_exec(&self) -> bool {
        sys::seals(&self.inner.file).is_ok_and(|(_, close_on_exec)| close_on_exec)
    }

    /// Tells `watch` when nobody has the image any more.
    pub(crate) fn tell_when_gone(&self, watch: Weak<dyn ImageWatch>) {
        let mut watches = self.inner.watches.lock();
        watches.retain(|other| other.strong_count() > 0);
        if !watches.iter().any(|other| other.ptr_eq(&watch)) {
            watches.push(watch);
        }
    }

    pub(crate) fn file(&self) -> (&File, u64) {
        (&self.inner.file, self.inner.offset)
    }

    pub(crate) fn downgrade(&self) -> WeakImage {
        WeakImage {
            inner: Arc::downgrade(&self.inner),
        }
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Image {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.inner.file.as_fd()
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image")
            .field("id", &self.inner.id.get())
            .field("len_bytes", &self.inner.len_bytes)
            .finish_non_exhaustive()
    }
}

/// Knows whether an image is still in use, without keeping it so.
#[derive(Clone)]
pub(crate) struct WeakImage {
    inner: Weak<Inner>,
}

impl WeakImage {
    pub(crate) fn is_gone(&self) -> bool {
        self.inner.strong_count() == 0
    }
}

/// Fills a memory file front to back, leaving pages of zeros as holes.
struct Builder {
    memfd: sys::Memfd,
    len_bytes: usize,
    filled_bytes: usize,
    data_pages: PageSet,
}

impl Builder {
    fn new(len_bytes: usize) -> Result<Self, Error> {
        check_length(len_bytes)?;
        Ok(Self {
            memfd: sys::Memfd::new(len_bytes).map_err(Error::system("making a memory file"))?,
            len_bytes,
            filled_bytes: 0,
            data_pages: PageSet::new(),
        })
    }

    /// Adds whole pages.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let page = sys::page_size();
        let first = self.filled_bytes / page;
        let mut pages = PageSet::new();
        for (index, content) in bytes.chunks(page).enumerate() {
            if !is_zero(content) {
                pages.insert((first + index) as u32);
            }
        }
        for run in pages.byte_ranges(page) {
            let content = &bytes[run.start - self.filled_bytes..run.end - self.filled_bytes];
            self.memfd
                .write(run.start, content)
                .map_err(Error::system("filling a memory file"))?;
        }
        self.data_pages = self.data_pages.union(&pages);
        self.filled_bytes += bytes.len();
        Ok(())
    }

    fn finish(self) -> Result<Image, Error> {
        let file = self
            .memfd
            .seal()
            .map_err(Error::system("sealing a memory file"))?;
        Image::new(file, 0, self.len_bytes, self.data_pages)
    }
}

fn check_length(len_bytes: usize) -> Result<(), Error> {
    let page_size = sys::page_size();
    if !sys::SUPPORTED {
        return Err(Error::Unsupported);
    }
    let countable = u32::try_from(len_bytes / page_size).is_ok();
    if !len_bytes.is_multiple_of(page_size) || !countable {
        return Err(Error::ImageLength {
            len_bytes,
            page_size,
        });
    }
    Ok(())
}

fn check_file_length(file: &File, offset: u64, len_bytes: usize) -> Result<(), Error> {
    let file_len_bytes = file
        .metadata()
        .map_err(Error::system("asking for the image file's length"))?
        .len();
    let needed_bytes = offset.saturating_add(len_bytes as u64);
    if file_len_bytes < needed_bytes {
        return Err(Error::ImageFileTooShort {
            file_len_bytes,
            needed_bytes,
        });
    }
    Ok(())
}

/// The pages of a file's part that are not holes: all of them where the file
/// system cannot tell.
fn data_pages_of(file: &File, offset: u64, len_bytes: usize) -> PageSet {
    let page = sys::page_size();
    let Ok(ranges) = sys::data_ranges(file, offset, len_bytes) else {
        return PageSet::from_range(0..(len_bytes / page) as u32);
    };
    let mut pages = PageSet::new();
    for range in ranges {
        pages.insert_run((range.start / page) as u32..range.end.div_ceil(page) as u32);
    }
    pages
}

fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<16>();
    words.iter().all(|word| u128::from_ne_bytes(*word) == 0) && rest.iter().all(|byte| *byte == 0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Image;
    use crate::error::Error;
    use crate::sys::page_size;
    use std::io::Write;

    #[test]
    #[cfg_attr(miri, ignore = "makes memory files")]
    fn an_image_cannot_be_changed_through_its_descriptor() {
        let image = Image::from_bytes(&vec![5; 4 * page_size()]).unwrap();
        assert!(image.is_sealed() && image.is_close_on_exec());
        let mut file = image.file().0.try_clone().unwrap();
        assert!(file.write_all(b"x").is_err());
        assert!(file.set_len(0).is_err());
        assert!(file.set_len(1 << 20).is_err());
        assert!(image.as_bytes().iter().all(|byte| *byte == 5));
    }

    #[test]
    #[cfg_attr(miri, ignore = "makes memory files")]
    fn zero_pages_take_no_memory() {
        let page = page_size();
        let mut bytes = vec![0; 64 * page];
        bytes[10 * page] = 1;
        bytes[12 * page - 1] = 1;
        let image = Image::from_bytes(&bytes).unwrap();
        assert_eq!(image.data_pages().iter().collect::<Vec<_>>(), [10, 11]);
        let blocks = std::os::unix::fs::MetadataExt::blocks(&image.file().0.metadata().unwrap());
        assert_eq!(blocks * 512, 2 * page as u64);
        assert_eq!(image.as_bytes(), bytes);
    }

    #[test]
    #[cfg_attr(miri, ignore = "makes memory files")]
    fn looking_at_pages_of_zeros_allocates_none() {
        let page = page_size();
        let mut bytes = vec![0; 64 * page];
        bytes[10 * page..11 * page].fill(1);
        let image = Image::from_bytes(&bytes).unwrap();
        for index in 0..70 {
            let is_data = index == 10;
            let data = image.page_data(index);
            assert_eq!(data.is_some(), is_data, "page {index}");
            assert!(data.is_none_or(|data| data == &bytes[10 * page..11 * page]));
        }
        let blocks = std::os::unix::fs::MetadataExt::blocks(&image.file().0.metadata().unwrap());
        assert_eq!(blocks * 512, page as u64);
    }

    #[test]
    #[cfg_attr(miri, ignore = "makes memory files")]
    fn a_partial_page_is_refused() {
        for len in [1, page_size() - 1, page_size() + 1] {
            let refused = Image::from_bytes(&vec![0; len]);
            assert!(matches!(refused, Err(Error::ImageLength { .. })));
        }
        assert_eq!(Image::zeroed(0).unwrap().as_bytes(), b"");
    }

    #[test]
    #[cfg_attr(miri, ignore = "maps a file")]
    fn a_file_cut_short_is_refused_and_not_mapped() {
        let mut file = tempfile::tempfile().unwrap();
        let page = page_size();
        file.write_all(&vec![3; 3 * page]).unwrap();
        let copied = Image::copy_from_file(&file, 0, 4 * page);
        assert!(matches!(copied, Err(Error::ImageFileTooShort { .. })));
        assert!(matches!(
            Image::from_vouched_file(&file, 0, 4 * page),
            Err(Error::ImageFileTooShort { .. })
        ));
        assert!(matches!(
            Image::from_vouched_file(&file, 1, page),
            Err(Error::ImageOffset { .. })
        ));
        std::io::Seek::rewind(&mut file).unwrap();
        let copy = Image::copy_from_file(&file, page as u64, 2 * page).unwrap();
        let mapped = Image::from_vouched_file(&file, page as u64, 2 * page).unwrap();
        assert_eq!(copy.as_bytes(), mapped.as_bytes());
        assert!(copy.is_sealed() && !mapped.is_sealed());
        assert_ne!(copy.id(), mapped.id());
        assert_eq!(std::io::Seek::stream_position(&mut file).unwrap(), 0);
    }

    #[test]
    #[cfg_attr(miri, ignore = "maps a file")]
    fn holes_of_a_mapped_file_are_not_read_as_data() {
        let page = page_size();
        let file = tempfile::tempfile().unwrap();
        file.set_len(100 * page as u64).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &[1], 50 * page as u64).unwrap();
        let image = Image::from_vouched_file(&file, 10 * page as u64, 80 * page).unwrap();
        assert!(image.data_pages().contains(40));
        assert!(image.data_pages().end() <= 80);
    }
}
