//! Builds the guest and prints where it is, with a line a stage.

struct Lines(String);

impl hatchery_guest_build::Progress for Lines {
    fn update(&mut self, fraction: f64, stage: &str) {
        if self.0 != stage {
            stage.clone_into(&mut self.0);
            eprintln!("{:3.0} % {stage}", fraction * 100.0);
        }
    }
}

fn main() -> Result<(), hatchery_guest_build::Error> {
    let guest = hatchery_guest_build::build(&mut Lines(String::new()))?;
    println!("{} {}", guest.build_id, guest.wasm_path.display());
    Ok(())
}
