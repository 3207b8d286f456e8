/// Hears how a build goes on.
pub trait Progress {
    /// `fraction` of the whole build is done (0 to 1, by expected time) and `stage`
    /// is being worked on. Called a few times a second at most.
    fn update(&mut self, fraction: f64, stage: &str);
}

/// A [`Progress`] that says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn update(&mut self, _fraction: f64, _stage: &str) {}
}
