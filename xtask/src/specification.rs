//! What is promised in numbers, measured and written into SPECIFICATION.md.

use crate::{COMMAND_LINE, FIGURES, Failure, cargo, root};
use serde::Deserialize;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const BEGIN: &str = "<!-- figures: written by `cargo xtask spec --write` -->\n";
const END: &str = "<!-- end of figures -->\n";

/// What `spec` takes. Without `--write` it fails where a promise is missed.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Take the figures from a file that `cargo xtask figures` has written, in place of measuring them
    #[arg(long)]
    from: Option<PathBuf>,
    /// Take a tenth of the samples
    #[arg(long)]
    quick: bool,
    /// Put the table into SPECIFICATION.md, in place of the one there
    #[arg(long)]
    write: bool,
}

/// A line of `hatchery-bench figures`.
#[derive(Debug, Deserialize)]
struct Figure {
    figure: String,
    value: f64,
    unit: String,
    against: Option<String>,
    ratio: Option<f64>,
    target: Option<Target>,
    met: Option<bool>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    AtMost(f64),
    AtLeast(f64),
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let lines = match &arguments.from {
        Some(path) => fs::read_to_string(path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?,
        None => measure(arguments.quick)?,
    };
    let figures = parse(&lines)?;
    let table = table(&figures);
    print!("{table}");
    let missed: Vec<&str> = figures
        .iter()
        .filter(|figure| figure.met == Some(false))
        .map(|figure| figure.figure.as_str())
        .collect();
    println!(
        "\n{} promises, {} missed. The promises that are no numbers are held by the tests that SPECIFICATION.md names.",
        figures.iter().filter(|figure| figure.met.is_some()).count(),
        missed.len()
    );
    if arguments.write {
        let path = root().join("SPECIFICATION.md");
        let text = fs::read_to_string(&path)?;
        fs::write(&path, replaced(&text, &table)?)?;
        return Ok(());
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("missed: {}", missed.join(", ")).into())
    }
}

fn measure(quick: bool) -> Result<String, Failure> {
    cargo(&COMMAND_LINE)?;
    let mut command = Command::new("cargo");
    command.args(FIGURES).current_dir(root());
    if quick {
        command.arg("--quick");
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the figures failed: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn parse(lines: &str) -> Result<Vec<Figure>, Failure> {
    let figures: Result<Vec<Figure>, _> = lines
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(serde_json::from_str)
        .collect();
    let figures = figures.map_err(|error| format!("a line is no figure: {error}"))?;
    if figures.is_empty() {
        return Err("there are no figures".into());
    }
    Ok(figures)
}

fn table(figures: &[Figure]) -> String {
    let mut table = String::from("| Figure | Promise | Reached | |\n|---|---|---|---|\n");
    for figure in figures {
        let (Some(target), Some(met)) = (figure.target, figure.met) else {
            continue;
        };
        let promise = match target {
            Target::AtMost(most) => format!("≤ {}", shown(most)),
            Target::AtLeast(least) => format!("≥ {}", shown(least)),
        };
        let value = format!("{} {}", shown(figure.value), figure.unit);
        let (what, reached) = match (&figure.against, figure.ratio) {
            (Some(against), Some(ratio)) => (
                format!("`{}` against {against}", figure.figure),
                format!("{} ({})", shown(ratio), value.trim_end()),
            ),
            _ => (format!("`{}`", figure.figure), value.trim_end().to_owned()),
        };
        let met = if met { "met" } else { "missed" };
        writeln!(table, "| {what} | {promise} | {reached} | {met} |").expect("strings take all");
    }
    table
}

/// Three places that count, which is more than a shared machine repeats.
fn shown(value: f64) -> String {
    let text = if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    };
    match text.split_once('.') {
        Some((whole, places)) if places.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

/// The specification with this table in place of the one between the marks.
fn replaced(text: &str, table: &str) -> Result<String, Failure> {
    let begin = text.find(BEGIN).map(|at| at + BEGIN.len());
    let end = text.find(END);
    match (begin, end) {
        (Some(begin), Some(end)) if begin <= end => {
            Ok([&text[..begin], table, &text[end..]].concat())
        }
        _ => Err("SPECIFICATION.md has no place for the figures between its marks".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"figure":"a","value":1.0,"unit":"us","baseline":2.0,"against":"b","ratio":0.5,"target":{"at_most":0.6},"met":true}
{"figure":"c","value":30500.0,"unit":"","baseline":null,"ratio":null,"target":{"at_least":31000.0},"met":false}
{"figure":"d","value":1.0,"unit":"us","baseline":null,"ratio":null,"target":null,"met":null}
"#;

    #[test]
    fn a_promise_stands_beside_what_was_reached() {
        let table = table(&parse(LINES).unwrap());
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `a` against b | ≤ 0.60 | 0.50 (1 us) | met |",
                "| `c` | ≥ 31000 | 30500 | missed |",
            ]
        );
    }

    #[test]
    fn lines_that_are_no_figures_are_an_error_and_not_an_empty_table() {
        assert!(parse("").is_err());
        assert!(parse("{\"figure\": 1}").is_err());
    }

    #[test]
    fn the_table_goes_between_its_marks_or_nowhere() {
        let text = format!("before\n{BEGIN}old\n{END}after\n");
        assert_eq!(
            replaced(&text, "new\n").unwrap(),
            format!("before\n{BEGIN}new\n{END}after\n")
        );
        assert!(replaced("no marks", "new").is_err());
        let text = fs::read_to_string(root().join("SPECIFICATION.md")).unwrap();
        assert!(replaced(&text, "new\n").is_ok(), "the file itself has them");
    }
}
