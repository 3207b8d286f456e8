//! The recipe is embedded into the library: a change to it must rebuild the crate.

fn main() {
    for folder in ["recipe", "c", "python", "patches"] {
        println!("cargo::rerun-if-changed=../{folder}");
    }
}
