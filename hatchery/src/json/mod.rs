//! JSON between host and guest, without silent losses.
//!
//! `serde_json` turns NaN and infinities into `null`, and whole numbers past 64 bits into floats where a type takes
//! anything. Neither happens here: what JSON or the wanted type cannot hold is an error that says so.

mod exact;
mod fault;
mod place;

use exact::{Exact, Large, ROUNDED};
use fault::{Fault, fault, is_finite};
use place::Place;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::Range;

/// Why a value has no JSON. A place is such as `due[2].x`, and empty for the value itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToJsonError {
    /// It holds NaN or an infinity.
    #[error(
        "the value{} is NaN or infinite, which has no JSON: send a string, or None in its place", at(.place)
    )]
    NotFinite {
        /// Where.
        place: String,
    },
    /// A map has keys that are not strings, numbers or booleans.
    #[error("the map{} has a key that is no string, number or boolean: make strings of its keys", at(.place))]
    Key {
        /// Where the map is.
        place: String,
        /// What the serialiser says.
        source: serde_json::Error,
    },
    /// Its type refuses to be serialised.
    #[error("the value{} is of a type that refuses to be JSON", at(.place))]
    Other {
        /// Where.
        place: String,
        /// What the type says.
        source: serde_json::Error,
    },
}

/// A place as the end of a sentence.
pub(crate) fn because_of(place: &str) -> String {
    if place.is_empty() {
        String::new()
    } else {
        format!(", because of what is at {place}")
    }
}

/// A place as part of a sentence.
fn at(place: &str) -> String {
    if place.is_empty() {
        String::new()
    } else {
        format!(" at {place}")
    }
}

/// Why JSON is not of the type that was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FromJsonError {
    /// Its lists and dicts lie in each other too deep.
    #[error("it is nested deeper than 127 levels")]
    TooDeep(#[source] serde_json::Error),
    /// A string in it has surrogates without their partners, and so is not Unicode text.
    #[error("it holds a string that is not Unicode: a lone surrogate")]
    NotUnicode(#[source] serde_json::Error),
    /// A number in it is too large for the type that takes it.
    #[error(
        "it holds the number {number}, which is too large for the type that takes it: ask for i128 or Box<RawValue>, or send a string"
    )]
    NumberTooLarge {
        /// The number, or how it begins.
        number: String,
    },
    /// It is of another type.
    #[error("it is of another type")]
    OtherType(#[source] serde_json::Error),
}

/// The JSON of a value.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, ToJsonError> {
    match serde_json::to_string(value) {
        // What is not finite was written as null.
        Ok(json) if memchr::memmem::find(json.as_bytes(), b"null").is_none() => Ok(json),
        Ok(json) if is_finite(value) => Ok(json),
        Ok(_) => Err(ToJsonError::NotFinite {
            place: fault(value).map(|(place, _)| place).unwrap_or_default(),
        }),
        Err(source) => {
            let (place, fault) = fault(value).unwrap_or((String::new(), Fault::Refused));
            Err(match fault {
                Fault::NotFinite => ToJsonError::NotFinite { place },
                Fault::Key => ToJsonError::Key { place, source },
                Fault::Refused => ToJsonError::Other { place, source },
            })
        }
    }
}

/// The value that JSON stands for; otherwise where in it the fault is, such as `a.b[2]`, and which.
pub(crate) fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, (String, FromJsonError)> {
    let large = large(json);
    if large.is_empty()
        && let Ok(value) = serde_json::from_slice(json)
    {
        return Ok(value);
    }
    // Following the place takes time, and so a value without large numbers is read by it only where it has a fault.
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let exact = Exact {
        inner: &mut deserializer,
        large: &large,
    };
    let value = serde_path_to_error::deserialize(exact).map_err(|error| {
        let place = Place::from(error.path()).to_string();
        (place, explain(error.into_inner(), json))
    })?;
    deserializer
        .end()
        .map_err(|error| (String::new(), explain(error, json)))?;
    Ok(value)
}

/// Whole numbers past 64 bits, by the floats that they would be rounded to.
fn large(json: &[u8]) -> Large {
    let literals = long_integers(json).map(|place| &json[place]);
    literals
        .filter_map(|digits| {
            let rounded: f64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
            Some((rounded.to_bits(), shown(digits)))
        })
        .collect()
}

fn explain(error: serde_json::Error, json: &[u8]) -> FromJsonError {
    let text = error.to_string();
    if let Some(number) = text.strip_prefix(ROUNDED) {
        let number = number.split(" at line ").next().unwrap_or(number);
        return FromJsonError::NumberTooLarge {
            number: number.to_owned(),
        };
    }
    if text.starts_with("recursion limit exceeded") {
        FromJsonError::TooDeep(error)
    } else if text.contains("surrogate") || text.starts_with("unexpected end of hex escape") {
        FromJsonError::NotUnicode(error)
    } else if text.starts_with("number out of range") {
        let large = long_integers(json).next();
        FromJsonError::NumberTooLarge {
            number: large.map_or_else(|| "past 1e308".to_owned(), |place| shown(&json[place])),
        }
    } else {
        FromJsonError::OtherType(error)
    }
}

fn shown(digits: &[u8]) -> String {
    const SHOWN_MAX: usize = 40;
    if digits.len() <= SHOWN_MAX {
        return String::from_utf8_lossy(digits).into_owned();
    }
    format!("{}…", String::from_utf8_lossy(&digits[..SHOWN_MAX]))
}

/// Where whole numbers are that fit neither `i64` nor `u64`.
fn long_integers(json: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    let (mut in_string, mut escaped) = (false, false);
    std::iter::from_fn(move || {
        while at < json.len() {
            let byte = json[at];
            if in_string {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => in_string = false,
                    _ => {}
                }
                at += 1;
            } else if byte == b'"' {
                in_string = true;
                at += 1;
            } else if byte == b'-' || byte.is_ascii_digit() {
                let begin = at;
                while at < json.len()
                    && matches!(json[at], b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
                {
                    at += 1;
                }
                if is_long_integer(&json[begin..at]) {
                    return Some(begin..at);
                }
            } else {
                at += 1;
            }
        }
        None
    })
}

fn is_long_integer(literal: &[u8]) -> bool {
    /// Of `i64::MAX` and longer.
    const DIGITS_MIN: usize = 19;
    if literal.len() < DIGITS_MIN {
        return false;
    }
    let Ok(text) = std::str::from_utf8(literal) else {
        return false;
    };
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<i64>().is_err()
        && text.parse::<u64>().is_err()
}

/// About what JSON takes at most as values in memory, told without decoding it: a few bytes of it can become hundreds.
pub(crate) fn decoded_bytes(json: &[u8]) -> usize {
    use serde_json::Value;
    // Of an element in a vector that has doubled, a small vector, and a small map.
    const ELEMENT: usize = 2 * size_of::<Value>();
    const ARRAY: usize = 4 * size_of::<Value>();
    const OBJECT: usize = 8 * (size_of::<String>() + size_of::<Value>());
    let mut bytes = json.len();
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' if !in_string => bytes += ELEMENT,
            b'[' if !in_string => bytes += ARRAY,
            b'{' if !in_string => bytes += OBJECT,
            _ => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    #[test]
    fn small_json_that_becomes_much_is_weighed_as_much_and_text_as_text() {
        let weight = |json: &str| decoded_bytes(json.as_bytes());
        assert_eq!(weight(r#""a,b,[{\",""#), 11);
        for (json, times) in [
            ("[[],[],[],[]]", 50),
            (r#"[{"":0},{"":0}]"#, 50),
            ("[1,1,1,1]", 30),
        ] {
            assert!(weight(json) > times * json.len(), "{json}");
        }
        let text = format!("[{:?}]", "x, [y] ".repeat(1000));
        assert!(weight(&text) < text.len() + 1000);
    }

    #[test]
    fn no_whole_number_is_rounded_without_a_word() {
        let exact = [u64::MAX.to_string(), i64::MIN.to_string(), "0".to_owned()];
        for number in exact {
            let value: Value = from_json(number.as_bytes()).unwrap();
            assert_eq!(value.to_string(), number);
        }
        for number in ["18446744073709551616", "-9223372036854775809"] {
            let expected: i128 = number.parse().unwrap();
            assert_eq!(from_json::<i128>(number.as_bytes()).unwrap(), expected);
            let list = format!("[1.5, {number}]");
            assert_eq!(
                from_json::<(f64, i128)>(list.as_bytes()).unwrap().1,
                expected
            );
            // A float was asked for.
            assert!(from_json::<f64>(number.as_bytes()).is_ok());
            for (refused, expected) in [
                (from_json::<Value>(number.as_bytes()).map(drop), ""),
                (from_json::<(f64, Value)>(list.as_bytes()).map(drop), "[1]"),
                (
                    from_json::<BTreeMap<String, Value>>(format!("{{\"a\":{list}}}").as_bytes())
                        .map(drop),
                    "a[1]",
                ),
            ] {
                let (place, refused) = refused.unwrap_err();
                assert!(
                    matches!(&refused, FromJsonError::NumberTooLarge { number: shown } if shown == number),
                    "{refused:?}"
                );
                assert_eq!(place, expected);
            }
            // A text of JSON is exact whatever it holds.
            let raw: Box<RawValue> = from_json(list.as_bytes()).unwrap();
            assert_eq!(raw.get(), list);
        }
        // Very many take no longer than as many small ones.
        let many = format!("[{}]", vec![(1_i128 << 100).to_string(); 20_000].join(","));
        let read: Vec<i128> = from_json(many.as_bytes()).unwrap();
        assert_eq!((read.len(), read[19_999]), (20_000, 1 << 100));
        #[derive(Debug, serde::Deserialize)]
        struct Mixed {
            exact: Option<i128>,
            any: Value,
        }
        let mixed: Mixed = from_json(
            br#"{"exact": 18446744073709551616, "any": [1.5, {"a": null}], "more": 1e300}"#,
        )
        .unwrap();
        assert_eq!(mixed.exact, Some(1 << 64));
        assert_eq!(mixed.any, json!([1.5, {"a": null}]));
        let ignored = br#"{"exact": 1, "any": 1, "more": 18446744073709551616}"#;
        assert!(from_json::<Mixed>(ignored).is_ok());
        assert!(
            from_json::<i32>(b"1 2").is_err()
                && from_json::<i128>(b"18446744073709551616 2").is_err()
        );
        // In a string, and as floats, they are what they were.
        let fine = json!(["18446744073709551616", 1.0e300, 1.5]);
        let read: Value = from_json(fine.to_string().as_bytes()).unwrap();
        assert_eq!(read, fine);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let read = |json: &str| from_json::<Value>(json.as_bytes()).unwrap_err().1;
        assert!(matches!(read(&deep), FromJsonError::TooDeep(_)));
        assert!(matches!(read(r#""\ud800""#), FromJsonError::NotUnicode(_)));
        let huge = format!("1{}", "0".repeat(400));
        assert!(matches!(read(&huge), FromJsonError::NumberTooLarge { .. }));
        let (place, other) =
            from_json::<(i32, BTreeMap<String, i32>)>(br#"[1, {"a b": "x"}]"#).unwrap_err();
        assert!(matches!(other, FromJsonError::OtherType(_)));
        assert_eq!(place, "[1]['a b']");
    }

    #[derive(serde::Serialize)]
    enum Shape {
        Newtype(f64),
        Tuple(i32, f64),
        Struct { x: f64 },
    }

    #[test]
    fn what_is_not_finite_is_not_null_and_is_named() {
        assert_eq!(to_json(&(None::<f64>, 1.5)).unwrap(), "[null,1.5]");
        let place = |value: Result<String, ToJsonError>| match value.unwrap_err() {
            ToJsonError::NotFinite { place } => place,
            other => panic!("{other}"),
        };
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let inside = BTreeMap::from([("a", vec![(Some(value), "b")])]);
            assert_eq!(place(to_json(&inside)), "a[0][0]");
            assert_eq!(place(to_json(&(value as f32))), "");
        }
        let shapes = [Shape::Newtype(1.0), Shape::Tuple(1, f64::NAN)];
        assert_eq!(place(to_json(&shapes)), "[1].Tuple[1]");
        let shapes = (Shape::Tuple(1, 1.0), Shape::Struct { x: f64::NAN });
        assert_eq!(place(to_json(&shapes)), "[1].Struct.x");
        let keys = BTreeMap::from([(7, Some(1.0)), (8, Some(f64::NAN))]);
        assert_eq!(place(to_json(&keys)), "['8']");
        let finite = BTreeMap::from([(1, (Shape::Newtype(0.5), None::<f64>))]);
        assert_eq!(to_json(&finite).unwrap(), r#"{"1":[{"Newtype":0.5},null]}"#);
    }

    #[test]
    fn keys_and_types_without_json_are_named() {
        assert_eq!(
            to_json(&(1_i128 << 100)).unwrap(),
            (1_i128 << 100).to_string()
        );
        let keys = BTreeMap::from([("a", BTreeMap::from([(vec![1], 2)]))]);
        let refused = to_json(&(0, keys)).unwrap_err();
        assert!(matches!(&refused, ToJsonError::Key { place, .. } if place == "[1].a"));
        assert!(
            refused
                .to_string()
                .starts_with("the map at [1].a has a key")
        );
        let poisoned = std::sync::Arc::new(std::sync::Mutex::new(1));
        let other = poisoned.clone();
        let panicked = std::thread::spawn(move || {
            let _held = other.lock();
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(panicked.join().is_err());
        let refused = to_json(&[("m", &*poisoned)]).unwrap_err();
        assert!(
            matches!(&refused, ToJsonError::Other { place, .. } if place == "[0][1]"),
            "{refused}"
        );
    }
}
