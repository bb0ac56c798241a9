//! Official grid codes, in the schemes places use.
//!
//! A grid is known inside by its id; the official code is optional and only has to fit the scheme
//! the community named. The digits are assigned by the county, so nothing here invents them.

use std::fmt;
use std::str::FromStr;

use crate::Fault;

/// How a place writes its grid codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GridScheme {
    /// Fifteen digits of the unit grid: six county (GB/T 2260), three subdistrict, three
    /// community, three sequence.
    Cn15,
    /// Twenty digits of CJ/T 349-2010: six managed object, six county, three subdistrict, three
    /// community, two sequence.
    Cn20,
    /// Whatever the place writes: one to 32 visible characters.
    Free,
}

/// A code that fits its scheme.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GridCode {
    scheme: GridScheme,
    code: String,
}

const FREE_MAX: usize = 32;

impl GridScheme {
    /// All schemes, in the order a form offers them.
    pub const ALL: [GridScheme; 3] = [GridScheme::Cn15, GridScheme::Cn20, GridScheme::Free];

    /// Its name in forms, files and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            GridScheme::Cn15 => "CN-15",
            GridScheme::Cn20 => "CN-20",
            GridScheme::Free => "FREE",
        }
    }
}

impl fmt::Display for GridScheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for GridScheme {
    type Err = Fault;

    fn from_str(text: &str) -> Result<GridScheme, Fault> {
        let found = GridScheme::ALL.into_iter().find(|scheme| scheme.as_str() == text);
        found.ok_or_else(|| Fault::new("fault.grid_scheme"))
    }
}

crate::as_string!(GridScheme, { "enum": GridScheme::ALL.map(GridScheme::as_str) });

impl GridCode {
    /// Reads a code of this scheme.
    ///
    /// # Errors
    /// `fault.grid_code_digits` with the digits wanted, or `fault.grid_code_free`.
    pub fn parse(scheme: GridScheme, text: &str) -> Result<GridCode, Fault> {
        let code = text.trim();
        match scheme {
            GridScheme::Cn15 => digits(code, 15)?,
            GridScheme::Cn20 => digits(code, 20)?,
            GridScheme::Free => {
                let visible = code.chars().all(|sign| !sign.is_whitespace() && !sign.is_control());
                if !visible || code.is_empty() || code.chars().count() > FREE_MAX {
                    return Err(Fault::new("fault.grid_code_free").with("max", FREE_MAX));
                }
            }
        }
        Ok(GridCode { scheme, code: code.to_owned() })
    }

    /// The scheme it fits.
    pub fn scheme(&self) -> GridScheme {
        self.scheme
    }

    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.code
    }

    /// The twelve digits of the community (county, subdistrict, community), where the scheme has
    /// them.
    pub fn community(&self) -> Option<&str> {
        match self.scheme {
            GridScheme::Cn15 => Some(&self.code[..12]),
            GridScheme::Cn20 => Some(&self.code[6..18]),
            GridScheme::Free => None,
        }
    }
}

impl fmt::Display for GridCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.code)
    }
}

fn digits(code: &str, count: usize) -> Result<(), Fault> {
    if code.len() == count && code.bytes().all(|sign| sign.is_ascii_digit()) {
        Ok(())
    } else {
        Err(Fault::new("fault.grid_code_digits").with("digits", count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_its_scheme() {
        let unit = GridCode::parse(GridScheme::Cn15, " 430903006999001 ").unwrap();
        assert_eq!(unit.community(), Some("430903006999"));
        let managed = GridCode::parse(GridScheme::Cn20, "01020043090300699900").unwrap();
        assert_eq!(managed.community(), Some("430903006999"));
        let free = GridCode::parse(GridScheme::Free, "化肥厂-3").unwrap();
        assert_eq!((free.community(), free.as_str()), (None, "化肥厂-3"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (scheme, text, key) in [
            (GridScheme::Cn15, "43090300699900", "fault.grid_code_digits"),
            (GridScheme::Cn15, "43090300699900A", "fault.grid_code_digits"),
            (GridScheme::Cn15, "一二三四五", "fault.grid_code_digits"),
            (GridScheme::Cn20, "430903006999001", "fault.grid_code_digits"),
            (GridScheme::Free, "  ", "fault.grid_code_free"),
            (GridScheme::Free, "a b", "fault.grid_code_free"),
            (GridScheme::Free, &"格".repeat(33), "fault.grid_code_free"),
        ] {
            assert_eq!(GridCode::parse(scheme, text).unwrap_err().key, key, "{text}");
        }
    }

    #[test]
    fn schemes_are_read_by_their_names() {
        for scheme in GridScheme::ALL {
            assert_eq!(scheme.as_str().parse(), Ok(scheme));
        }
        assert_eq!("CN-16".parse::<GridScheme>(), Err(Fault::new("fault.grid_scheme")));
    }
}
