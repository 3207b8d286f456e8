//! Images whose immutability the caller vouches for.

use crate::error::Error;
use crate::image::Image;
use std::fs::File;

impl Image {
    /// An image that is `len` bytes of `file` from `offset` on, mapped and not
    /// copied. It costs no memory beyond the page cache, and processes that map
    /// the same file share its pages.
    ///
    /// Both `offset` and `len` are multiples of the page size.
    ///
    /// # Errors
    ///
    /// [`Error::ImageLength`] and [`Error::ImageOffset`] when they are not,
    /// [`Error::ImageFileTooShort`] when the file ends before the image does, or
    /// the kernel's refusal.
    ///
    /// # Safety
    ///
    /// Nobody may write to or truncate that part of the file while the image,
    /// or any slot that shows it, lives. A changed byte would change under a
    /// running guest and under `&[u8]`s; a truncated file ends the process with
    /// `SIGBUS`. Where this cannot be promised use [`Image::copy_from_file`].
    pub unsafe fn map_file(file: &File, offset: u64, len: usize) -> Result<Self, Error> {
        Self::from_vouched_file(file, offset, len)
    }
}
