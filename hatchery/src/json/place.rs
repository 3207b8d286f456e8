//! A place in a value, such as `due[2].x` or `['due date'][0]`: the guest names places in the same way.

use std::fmt;

/// The way from a value to something in it.
#[derive(Debug, Default)]
pub(super) struct Place {
    steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) enum Step {
    Index(usize),
    Key(String),
}

impl Step {
    pub(super) fn key(name: &str) -> Self {
        Self::Key(name.to_owned())
    }
}

impl Place {
    pub(super) fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    pub(super) fn pop(&mut self) {
        self.steps.pop();
    }
}

impl From<&serde_path_to_error::Path> for Place {
    fn from(path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment;
        let steps = path.iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Map { key } => Some(Step::key(key)),
            Segment::Enum { variant } => Some(Step::key(variant)),
            Segment::Unknown => None,
        });
        Self {
            steps: steps.collect(),
        }
    }
}

/// Empty for the value itself. A very long place has its middle left out.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const STEPS_SHOWN: usize = 12;
        let show = |f: &mut fmt::Formatter<'_>, index: usize| match &self.steps[index] {
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) if is_plain(key) => {
                let dot = if index == 0 { "" } else { "." };
                write!(f, "{dot}{key}")
            }
            Step::Key(key) => write!(f, "['{}']", shortened(key).escape_debug()),
        };
        let count = self.steps.len();
        if count <= STEPS_SHOWN {
            return (0..count).try_for_each(|index| show(f, index));
        }
        (0..STEPS_SHOWN / 2).try_for_each(|index| show(f, index))?;
        f.write_str("…")?;
        (count - STEPS_SHOWN / 2..count).try_for_each(|index| show(f, index))
    }
}

fn is_plain(key: &str) -> bool {
    const PLAIN_BYTES_MAX: usize = 100;
    let mut letters = key.chars();
    key.len() <= PLAIN_BYTES_MAX
        && letters
            .next()
            .is_some_and(|first| first == '_' || first.is_alphabetic())
        && letters.all(|letter| letter == '_' || letter.is_alphanumeric())
}

fn shortened(key: &str) -> String {
    const CHARS_MAX: usize = 100;
    if key.chars().nth(CHARS_MAX).is_none() {
        return key.to_owned();
    }
    let start: String = key.chars().take(CHARS_MAX).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::{Place, Step};

    #[test]
    fn a_place_is_written_as_python_would_reach_it() {
        let place = |steps: Vec<Step>| Place { steps }.to_string();
        let key = Step::key;
        assert_eq!(place(vec![]), "");
        assert_eq!(
            place(vec![key("due"), Step::Index(2), key("x")]),
            "due[2].x"
        );
        assert_eq!(
            place(vec![Step::Index(0), key("due date"), key("it's")]),
            r"[0]['due date']['it\'s']"
        );
        let deep = place((0..1000).map(Step::Index).collect());
        assert_eq!(deep, "[0][1][2][3][4][5]…[994][995][996][997][998][999]");
        assert!(place(vec![key(&"x".repeat(100_000))]).len() < 200);
    }
}
