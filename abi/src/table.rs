/// Constants that belong together, for the C header.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// What all of their names begin with in C.
    pub prefix: &'static str,
    /// Names as in Rust, values, and what each means.
    pub constants: &'static [(&'static str, i64, &'static str)],
}

/// Constants in Rust, and the same as a [`Group`].
macro_rules! constants {
    ($prefix:literal, $type:ty; $($(#[doc = $doc:literal])+ $name:ident = $value:expr;)+) => {
        $($(#[doc = $doc])+ pub const $name: $type = $value;)+

        /// All of these.
        pub const GROUP: $crate::Group = $crate::Group {
            prefix: $prefix,
            constants: &[$((stringify!($name), $name as i64, concat!($($doc),+))),+],
        };
    };
}

pub(crate) use constants;
