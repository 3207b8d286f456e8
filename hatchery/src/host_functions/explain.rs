//! Why arguments do not fit a function, in Python's words.

use super::HostError;
use crate::json::FromJsonError;

/// The error of a call of `name` whose argument at `place` does not fit. A place is a path such as `x`, `[1]` or
/// `x.y[2]`; an empty one is not known.
pub(super) fn explain(name: &str, place: &str, error: &FromJsonError) -> HostError {
    let (argument, within) = split(place);
    let whose = match (argument.is_empty(), within.is_empty()) {
        (true, _) => format!("{name}() got an argument that"),
        (false, true) => format!("{name}() argument {argument}"),
        (false, false) => format!("{name}() argument {argument}: {within}"),
    };
    match error {
        FromJsonError::NumberTooLarge { number } => HostError::new(
            "OverflowError",
            format!("{whose} is {number}, which does not fit 64 bits: pass it as a string"),
        ),
        FromJsonError::TooDeep(_) => {
            HostError::new("ValueError", format!("{whose} is nested too deep"))
        }
        FromJsonError::NotUnicode(_) => HostError::new(
            "ValueError",
            format!("{whose} holds a lone surrogate, which is not Unicode text"),
        ),
        FromJsonError::OtherType(source) => {
            let text = source.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            HostError::new("TypeError", in_python_s_words(&whose, text))
        }
    }
}

/// The argument that a place begins with, and the rest.
fn split(place: &str) -> (String, &str) {
    if let Some(rest) = place.strip_prefix('[')
        && let Some((index, within)) = rest.split_once(']')
        && let Ok(index) = index.parse::<usize>()
    {
        return (format!("{}", index + 1), within.trim_start_matches('.'));
    }
    let end = place.find(['.', '[']).unwrap_or(place.len());
    let (argument, within) = place.split_at(end);
    if argument.is_empty() {
        return (String::new(), "");
    }
    (format!("'{argument}'"), within.trim_start_matches('.'))
}

fn in_python_s_words(whose: &str, text: &str) -> String {
    if let Some(rest) = text.strip_prefix("invalid type: ")
        && let Some((found, wanted)) = rest.split_once(", expected ")
    {
        return format!(
            "{whose} must be {}, not {}",
            wanted_type(wanted),
            found_type(found)
        );
    }
    if let Some(rest) = text.strip_prefix("invalid value: ")
        && let Some((found, wanted)) = rest.split_once(", expected ")
    {
        let found = found.trim_start_matches("integer ").replace('`', "");
        return format!("{whose} must be {}, not {found}", wanted_range(wanted));
    }
    if let Some(field) = text.strip_prefix("missing field ") {
        return format!("{whose} lacks {}", field.replace('`', "'"));
    }
    format!("{whose} does not fit: {}", text.replace('`', "'"))
}

fn found_type(found: &str) -> &str {
    let kind = found.split([' ', '`']).next().unwrap_or(found);
    match kind {
        "string" => "str",
        "integer" => "int",
        "floating" => "float",
        "boolean" => "bool",
        "null" | "unit" => "None",
        "sequence" => "list",
        "map" => "dict",
        _ => found,
    }
}

fn wanted_type(wanted: &str) -> &str {
    match wanted {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
        | "usize" => "int",
        "f32" | "f64" => "float",
        "a string" | "a borrowed string" | "string" => "str",
        "a boolean" => "bool",
        "unit" => "None",
        "a map" => "dict",
        _ if wanted.starts_with("struct ") => "dict",
        _ if ["a sequence", "a tuple", "tuple ", "an array"]
            .iter()
            .any(|start| wanted.starts_with(start)) =>
        {
            "list"
        }
        _ => wanted,
    }
}

fn wanted_range(wanted: &str) -> String {
    let (sign, bits) = wanted.split_at(1);
    match (sign, bits.parse::<u32>()) {
        ("i", Ok(bits)) => format!("an int of {bits} bits"),
        ("u", Ok(bits)) => format!("a non-negative int of {bits} bits"),
        _ => wanted.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::explain;
    use crate::json::from_json;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read from JSON")]
    struct Inner {
        y: Vec<u8>,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    enum Kind {
        #[serde(rename = "a")]
        A,
    }

    fn said<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        let (place, error) = from_json::<T>(json.as_bytes()).unwrap_err();
        explain("f", &place, &error).to_string()
    }

    #[test]
    fn a_wrong_argument_is_named_and_the_words_are_python_s() {
        for (found, expected) in [
            (
                said::<(i64, String)>("[1, 2]"),
                "TypeError: f() argument 2 must be str, not int",
            ),
            (
                said::<(bool,)>("[null]"),
                "TypeError: f() argument 1 must be bool, not None",
            ),
            (
                said::<(f64,)>("[\"x\"]"),
                "TypeError: f() argument 1 must be float, not str",
            ),
            (
                said::<(Inner,)>(r#"[{"y":[1,300]}]"#),
                "TypeError: f() argument 1: y[1] must be a non-negative int of 8 bits, not 300",
            ),
            (
                said::<(Inner,)>("[{}]"),
                "TypeError: f() argument 1 lacks 'y'",
            ),
            (
                said::<(Inner,)>(r#"[{"y":[],"kind":"b"}]"#),
                "TypeError: f() argument 1: kind does not fit: unknown variant 'b', expected 'a'",
            ),
            (
                said::<(Inner,)>("[[]]"),
                "TypeError: f() argument 1 does not fit: invalid length 0, expected struct Inner with 2 elements",
            ),
        ] {
            assert_eq!(found, expected);
        }
    }
}
