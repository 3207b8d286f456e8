use alloc::format;
use alloc::string::String;

use crate::names::{exports, imports};
use crate::{Group, VERSION, codes, errno, layout, mount};

const BEGIN: &str = "\
/* What the guest and its hosts have agreed on: docs/guest-abi.md in numbers and names.
 *
 * Written from the crate hatchery-abi, and not to be changed here:
 *
 *     cargo run -p hatchery-abi --example header > guest/c/abi_constants.h */
#ifndef HATCHERY_ABI_CONSTANTS_H
#define HATCHERY_ABI_CONSTANTS_H

";

const GROUPS: &[Group] = &[
    codes::GROUP,
    layout::report::GROUP,
    layout::capture::GROUP,
    layout::memory_map::GROUP,
    layout::entry::GROUP,
    layout::completion::GROUP,
    layout::outcome::GROUP,
    layout::wait::GROUP,
    mount::number::GROUP,
    mount::path::GROUP,
    mount::file::GROUP,
    mount::open::GROUP,
    mount::stat::GROUP,
    mount::listing::GROUP,
    mount::target::GROUP,
    mount::file_type::GROUP,
];

/// The text of `guest/c/abi_constants.h`.
#[must_use]
pub fn header() -> String {
    let mut text = String::from(BEGIN);
    text += &format!("enum {{ ABI_VERSION = {VERSION} }};\n");
    for group in GROUPS {
        text += "\nenum {\n";
        for (name, value, _) in group.constants {
            text += &format!("    {}{name} = {value},\n", group.prefix);
        }
        text += "};\n";
    }
    text += "\n/* Names, so that none is exported or imported that is not agreed on. */\n";
    for (kind, names) in [("EXPORT", exports::ALL), ("IMPORT", imports::ALL)] {
        for name in names.iter().filter(|name| !name.starts_with('_')) {
            text += &format!("#define ABI_{kind}_{name} \"{name}\"\n");
        }
    }
    text += &format!("#define ABI_IMPORT_MODULE \"{}\"\n", imports::MODULE);
    text += "\n/* libc's numbers are the host's. */\n#ifdef __WASI_ERRNO_SUCCESS\n";
    for (name, value, _) in errno::GROUP.constants {
        text += &format!("_Static_assert(__WASI_ERRNO_{name} == {value}, \"WASI's errno\");\n");
    }
    for (name, value, _) in mount::file_type::GROUP.constants {
        text +=
            &format!("_Static_assert(__WASI_FILETYPE_{name} == {value}, \"WASI's file type\");\n");
    }
    text += "#endif\n\n#endif\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guests_header_does_not_differ_from_the_hosts_constants() {
        let written = include_str!("../../guest/c/abi_constants.h");
        assert!(
            written == header(),
            "guest/c/abi_constants.h is not up to date: cargo run -p hatchery-abi --example header > guest/c/abi_constants.h"
        );
    }
}
