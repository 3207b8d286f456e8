//! A figure, and the line it is printed as.

use serde::Serialize;

/// One measured figure.
#[derive(Debug, Serialize)]
pub struct Figure {
    figure: String,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99: Option<f64>,
    baseline: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<String>,
    ratio: Option<f64>,
    target: Option<Target>,
    met: Option<bool>,
}

/// What a figure has to reach: its ratio if it has one, else its value.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Figure {
    /// A figure without anything to compare it with.
    #[must_use]
    pub fn new(figure: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            figure: figure.into(),
            value,
            unit,
            p99: None,
            baseline: None,
            against: None,
            ratio: None,
            target: None,
            met: None,
        }
    }

    /// What 99 of 100 stay below.
    #[must_use]
    pub fn p99(mut self, p99: f64) -> Self {
        self.p99 = Some(p99);
        self
    }

    /// The same of something else, which is named.
    #[must_use]
    pub fn against(mut self, what: impl Into<String>, baseline: f64) -> Self {
        self.against = Some(what.into());
        self.baseline = Some(baseline);
        self.ratio = Some(self.value / baseline);
        self
    }

    /// What was promised.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        let reached = self.ratio.unwrap_or(self.value);
        self.met = Some(match target {
            Target::AtMost(most) => reached <= most,
            Target::AtLeast(least) => reached >= least,
        });
        self.target = Some(target);
        self
    }

    /// Prints it.
    pub fn print(mut self) {
        self.value = rounded(self.value);
        self.p99 = self.p99.map(rounded);
        self.baseline = self.baseline.map(rounded);
        self.ratio = self.ratio.map(rounded);
        let line = serde_json::to_string(&self).expect("numbers and text always serialise");
        println!("{line}");
    }
}

/// To four places: what follows is noise.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
