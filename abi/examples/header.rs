//! Prints the guest's C header: `cargo run -p hatchery-abi --example header > guest/c/abi_constants.h`.

fn main() {
    print!("{}", hatchery_abi::header());
}
