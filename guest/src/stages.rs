//! The stages of the build, as data.
//!
//! ```text
//!   source ─► native ─────────┐
//!      └──────────────────────┼─► cpython ─► guest
//!   zig ──► libs ─────────────┘               ▲
//!   vendor ──┘                time zones ─────┘
//! ```

/// What a stage is given that is not in the recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Download {
    /// The C compiler's wheel.
    Zig,
    /// CPython's source.
    Source,
    /// The wheel with the time zones.
    TimeZones,
}

/// One step of the build: a script, and all that its result depends on.
#[derive(Debug)]
pub struct Stage {
    /// Its name; the script is `recipe/NAME.sh`.
    pub name: &'static str,
    /// Environment variable under which later stages' scripts find the result.
    pub variable: &'static str,
    /// Stages whose results it uses; it runs when they are there.
    pub inputs: &'static [&'static str],
    /// The download that it uses, and the environment variable that its script finds it under.
    pub download: Option<(Download, &'static str)>,
    /// Recipe files, or folders when they end in `/`.
    pub files: &'static [&'static str],
    /// Of the whole build, on a 2-core machine: what the progress bar goes by.
    pub expected_secs: u32,
    /// Lines that its script prints.
    pub expected_lines: u32,
}

/// All stages, each after its inputs. The last makes the guest.
pub const STAGES: &[Stage] = &[
    Stage {
        name: "zig",
        variable: "ZIG",
        inputs: &[],
        download: Some((Download::Zig, "ZIG_WHEEL")),
        files: &["recipe/zig.sh"],
        expected_secs: 25,
        expected_lines: 1,
    },
    Stage {
        name: SOURCE,
        variable: "SOURCE",
        inputs: &[],
        download: Some((Download::Source, "SOURCE_TARBALL")),
        files: &["recipe/source.sh", "patches/"],
        expected_secs: 8,
        expected_lines: 10,
    },
    Stage {
        name: "native",
        variable: "NATIVE",
        inputs: &[SOURCE],
        download: None,
        files: &["recipe/native.sh"],
        expected_secs: 100,
        expected_lines: 1000,
    },
    Stage {
        name: "vendor",
        variable: "VENDOR",
        inputs: &[],
        download: None,
        files: &["recipe/vendor.sh", "recipe/clibs/"],
        expected_secs: 5,
        expected_lines: 30,
    },
    Stage {
        name: "libs",
        variable: "CLIBS",
        inputs: &["zig", "vendor"],
        download: None,
        files: &["recipe/libs.sh"],
        expected_secs: 40,
        expected_lines: 10,
    },
    Stage {
        name: "cpython",
        variable: "CPYTHON",
        inputs: &["zig", SOURCE, "native", "libs"],
        download: None,
        files: &[
            "recipe/cpython.sh",
            "recipe/cpython.answers",
            "recipe/site.config",
            "c/missing_libc.c",
            "c/posix/posix.h",
        ],
        expected_secs: 220,
        expected_lines: 1790,
    },
    Stage {
        name: GUEST,
        variable: "GUEST",
        inputs: &["zig", SOURCE, "native", "cpython"],
        download: Some((Download::TimeZones, "TIME_ZONES_WHEEL")),
        files: &["recipe/guest.sh", "recipe/pack_stdlib.py", "c/", "python/"],
        expected_secs: 75,
        expected_lines: 5,
    },
];

/// The stage that leaves CPython's source, patched.
pub const SOURCE: &str = "source";
/// The stage that leaves the guest.
pub const GUEST: &str = "guest";
