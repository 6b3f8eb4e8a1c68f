//! The compat level: the CPython whose behaviour is reproduced. What differs from version to version is
//! named here, one method for each behaviour, and asked when the configuration is read or the handler
//! made, not for each record.

mod configuration;
mod records;
mod rotation;

pub use rotation::OldFileNames;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A version of CPython's `logging`. Later versions are greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compat {
    /// 3.8
    Py38,
    /// 3.9
    Py39,
    /// 3.10
    Py310,
    /// 3.11
    Py311,
    /// 3.12
    Py312,
    /// 3.13
    Py313,
    /// 3.14, the newest.
    #[default]
    Py314,
}

/// The text is no compat level.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no compat level `{0}`: write one of 3.8, 3.9, 3.10, 3.11, 3.12, 3.13 and 3.14")]
pub struct UnknownCompat(String);

impl Compat {
    /// Every level, in order.
    pub const ALL: [Compat; 7] = [
        Compat::Py38,
        Compat::Py39,
        Compat::Py310,
        Compat::Py311,
        Compat::Py312,
        Compat::Py313,
        Compat::Py314,
    ];

    /// `http.HTTPStatus` has the phrases of RFC 9110 for 413, 414, 416 and 422 (3.13).
    pub fn has_http_phrases_of_rfc_9110(self) -> bool {
        self >= Compat::Py313
    }

    /// `http.HTTPStatus` has 103, 418 and 425 (3.9).
    pub fn has_http_teapot(self) -> bool {
        self >= Compat::Py39
    }

    /// The version as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Compat::Py38 => "3.8",
            Compat::Py39 => "3.9",
            Compat::Py310 => "3.10",
            Compat::Py311 => "3.11",
            Compat::Py312 => "3.12",
            Compat::Py313 => "3.13",
            Compat::Py314 => "3.14",
        }
    }
}

impl fmt::Display for Compat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Compat {
    type Err = UnknownCompat;

    fn from_str(text: &str) -> Result<Compat, UnknownCompat> {
        let found = Compat::ALL.into_iter().find(|level| level.name() == text);
        found.ok_or_else(|| UnknownCompat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_as_they_are_written() {
        for level in Compat::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert!("3.7".parse::<Compat>().is_err() && "3.13.0".parse::<Compat>().is_err());
        assert!(Compat::Py39 < Compat::Py310 && Compat::default() == Compat::Py314);
    }
}
