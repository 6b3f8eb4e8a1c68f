use super::CodecError;

/// What becomes of a character that the codec hasn't: Python's error handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errors {
    /// The line is refused.
    Strict,
    /// The character is left out.
    Ignore,
    /// `?`.
    Replace,
    /// `\xe9`, `\u20ac`, `\U0001f600`.
    BackslashReplace,
    /// `&#8364;`.
    XmlCharRefReplace,
    /// `\N{EURO SIGN}`; what has no name, as with `backslashreplace`.
    NameReplace,
    /// U+DC80 to U+DCFF become the bytes 80 to FF.
    SurrogateEscape,
    /// Surrogates are encoded as other code points are, by the UTF codecs.
    SurrogatePass,
}

impl Errors {
    /// Finds an error handler by Python's name for it.
    pub fn lookup(name: &str) -> Result<Errors, CodecError> {
        match name {
            "strict" => Ok(Errors::Strict),
            "ignore" => Ok(Errors::Ignore),
            "replace" => Ok(Errors::Replace),
            "backslashreplace" => Ok(Errors::BackslashReplace),
            "xmlcharrefreplace" => Ok(Errors::XmlCharRefReplace),
            "surrogateescape" => Ok(Errors::SurrogateEscape),
            "surrogatepass" => Ok(Errors::SurrogatePass),
            "namereplace" => Ok(Errors::NameReplace),
            _ => Err(CodecError::UnknownErrors(name.to_owned())),
        }
    }
}
