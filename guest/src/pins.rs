//! What the recipe takes from elsewhere, each pinned by its hash.

/// CPython's release.
pub const CPYTHON_VERSION: &str = "3.14.7";
/// SHA-256 of its tarball: what a download must have.
pub const CPYTHON_SHA256: &str = "3b48dac8fb59f62eaa67ac83c1eb12bda1b7a08406dd286e252c11a66be27f81";
/// BLAKE3 of the same tarball: what the hashes of the stages are made from.
pub const CPYTHON_BLAKE3: &str = "4406a4956bb3265c370b011383004cc2dcc94ed2c99b5f3ed67338eeab9e5eac";

/// A wheel from the package index that holds nothing but data or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wheel {
    /// The package's name.
    pub package: &'static str,
    /// Its version.
    pub version: &'static str,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: &'static str,
}

/// The time zones of `zoneinfo`.
pub const TIME_ZONES: Wheel = Wheel {
    package: "tzdata",
    version: "2026.6",
    sha256: "0a10eec6e13ef16b627fabed9a5f2ba61a62b1c67f327305f4e7e412a70b4aec",
};

const ZIG_VERSION: &str = "0.17.0";

/// SHA-256 of the compiler's wheel, by operating system and processor.
const ZIG_WHEELS: &[(&str, &str, &str)] = &[
    (
        "linux",
        "x86_64",
        "97079827064a7492cce5541ceb438ae8003ce1e54e399676da2d62fb7a5dc08b",
    ),
    (
        "linux",
        "aarch64",
        "d2804f94f54f7fcf8169f4b212a619ad688a4e2e6592e976f0cf2e58e2cd8af3",
    ),
    (
        "macos",
        "aarch64",
        "87274af689c4128051b26c80f6f676757e0a81c2fdc137fd8b5679e928e4bc4f",
    ),
    (
        "macos",
        "x86_64",
        "4d910f0e363ddb60a6b8ddb55235617797a8ccbcb6c5c7132a949d9f833eea42",
    ),
];

/// The compiler, for the machine that builds; `None` where none is known.
#[must_use]
pub fn zig() -> Option<Wheel> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let known = ZIG_WHEELS
        .iter()
        .find(|wheel| wheel.0 == os && wheel.1 == arch)?;
    Some(Wheel {
        package: "ziglang",
        version: ZIG_VERSION,
        sha256: known.2,
    })
}
