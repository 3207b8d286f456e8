//! Where in a value that is which has no JSON.

use super::place::{Place, Step};
use serde::ser::{self, Serialize, SerializeMap, Serializer};
use std::fmt;

/// What has no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A float that is NaN or infinite.
    NotFinite,
    /// A key that is no text.
    Key,
    /// A value whose type refuses to be serialised.
    Refused,
}

/// Whether all floats in a value are finite. Keys are not looked at.
pub(super) fn is_finite(value: &impl Serialize) -> bool {
    let mut walk = Walk::default();
    value.serialize(&mut walk).is_ok()
}

/// The first fault of a value, in the order of its JSON.
pub(super) fn fault(value: &impl Serialize) -> Option<(String, Fault)> {
    let mut walk = Walk {
        place: Some(Place::default()),
    };
    let found = value.serialize(&mut walk).err()?;
    Some((walk.place?.to_string(), found.0))
}

/// A serialiser that writes nothing and stops at the first fault.
#[derive(Default)]
struct Walk {
    /// Where it is, and where the fault is once there is one; `None` where nobody asks.
    place: Option<Place>,
}

#[derive(Debug)]
struct Found(Fault);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Found {}

impl ser::Error for Found {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self(Fault::Refused)
    }
}

impl Walk {
    fn enter(&mut self, step: impl FnOnce() -> Step) {
        if let Some(place) = &mut self.place {
            place.push(step());
        }
    }

    fn leave(&mut self) {
        if let Some(place) = &mut self.place {
            place.pop();
        }
    }

    fn part<T: Serialize + ?Sized>(
        &mut self,
        step: impl FnOnce() -> Step,
        value: &T,
    ) -> Result<(), Found> {
        self.enter(step);
        value.serialize(&mut *self)?;
        self.leave();
        Ok(())
    }

    fn parts(&mut self, is_variant: bool) -> Parts<'_> {
        Parts {
            walk: self,
            count: 0,
            is_variant,
        }
    }

    fn variant(&mut self, variant: &'static str) -> Parts<'_> {
        self.enter(|| Step::key(variant));
        self.parts(true)
    }
}

/// The key's text in JSON.
fn key_text<T: Serialize + ?Sized>(key: &T) -> Result<String, serde_json::Error> {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut json);
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, &0)?;
    map.end()?;
    let text = json
        .strip_prefix(b"{")
        .and_then(|json| json.strip_suffix(b":0}"));
    serde_json::from_slice(text.unwrap_or_default())
}

macro_rules! passes {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, _value: $type) -> Result<(), Found> {
            Ok(())
        })*
    };
}

impl<'a> Serializer for &'a mut Walk {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    passes! {
        serialize_bool: bool, serialize_char: char, serialize_str: &str, serialize_bytes: &[u8],
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_unit_struct: &'static str,
    }

    fn serialize_f32(self, value: f32) -> Result<(), Found> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Found> {
        if value.is_finite() {
            Ok(())
        } else {
            Err(Found(Fault::NotFinite))
        }
    }

    fn serialize_none(self) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
    ) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        self.part(|| Step::key(variant), value)
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Parts<'a>, Found> {
        Ok(self.parts(false))
    }

    fn serialize_tuple(self, _len: usize) -> Result<Parts<'a>, Found> {
        Ok(self.parts(false))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Parts<'a>, Found> {
        Ok(self.parts(false))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Parts<'a>, Found> {
        Ok(self.variant(variant))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Parts<'a>, Found> {
        Ok(self.parts(false))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Parts<'a>, Found> {
        Ok(self.parts(false))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Parts<'a>, Found> {
        Ok(self.variant(variant))
    }
}

/// What comes one after the other in a list, a map or a struct.
struct Parts<'a> {
    walk: &'a mut Walk,
    count: usize,
    /// Whether they are within a variant of an enum, which is a step of its own.
    is_variant: bool,
}

impl Parts<'_> {
    fn next<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        let index = self.count;
        self.count += 1;
        self.walk.part(|| Step::Index(index), value)
    }

    fn finish(self) {
        if self.is_variant {
            self.walk.leave();
        }
    }
}

macro_rules! walks_into_items {
    ($($trait:ident: $method:ident),* $(,)?) => {
        $(impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Found;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
                self.next(value)
            }

            fn end(self) -> Result<(), Found> {
                self.finish();
                Ok(())
            }
        })*
    };
}

walks_into_items! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

macro_rules! walks_into_fields {
    ($($trait:ident),* $(,)?) => {
        $(impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Found;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Found> {
                self.walk.part(|| Step::key(name), value)
            }

            fn end(self) -> Result<(), Found> {
                self.finish();
                Ok(())
            }
        })*
    };
}

walks_into_fields! { SerializeStruct, SerializeStructVariant }

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Found;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Found> {
        if self.walk.place.is_some() {
            let text = key_text(key).map_err(|_| Found(Fault::Key))?;
            self.walk.enter(|| Step::Key(text));
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        value.serialize(&mut *self.walk)?;
        self.walk.leave();
        Ok(())
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}
