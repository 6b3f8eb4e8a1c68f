use super::codec::{Codec, Kind, Order};
use super::CodecError;

/// Finds a codec by any name that Python knows it by.
pub fn lookup(name: &str) -> Result<Codec, CodecError> {
    let key = normalize(name);
    if let Some(codec) = unicode(&key).or_else(|| single_byte(&key)) {
        return Ok(codec);
    }
    Err(CodecError::Unknown(name.to_owned()))
}

/// Python's `encodings.normalize_encoding`, and its folding of case: runs of other characters than
/// letters, digits and dots become one underscore.
fn normalize(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut gap = false;
    for char in name.chars() {
        if char.is_alphanumeric() || char == '.' {
            if gap && !key.is_empty() {
                key.push('_');
            }
            if char.is_ascii() {
                key.push(char.to_ascii_lowercase());
            }
            gap = false;
        } else {
            gap = true;
        }
    }
    key
}

fn unicode(key: &str) -> Option<Codec> {
    let native = Order::NATIVE;
    let (name, kind) = match key {
        // `locale` is what `encoding=None` means; the server's locale is taken to be UTF-8.
        "utf_8" | "u8" | "utf" | "utf8" | "utf8_ucs2" | "utf8_ucs4" | "cp65001" | "locale" => {
            return Some(Codec::UTF_8);
        }
        "utf_8_sig" => ("utf-8-sig", Kind::Utf8 { mark: true }),
        "utf_16" | "u16" | "utf16" => ("utf-16", Kind::Utf16 { order: native, mark: true }),
        "utf_16_le" | "utf_16le" | "unicodelittleunmarked" => {
            ("utf-16-le", Kind::Utf16 { order: Order::Little, mark: false })
        }
        "utf_16_be" | "utf_16be" | "unicodebigunmarked" => {
            ("utf-16-be", Kind::Utf16 { order: Order::Big, mark: false })
        }
        "utf_32" | "u32" | "utf32" => ("utf-32", Kind::Utf32 { order: native, mark: true }),
        "utf_32_le" | "utf_32le" => ("utf-32-le", Kind::Utf32 { order: Order::Little, mark: false }),
        "utf_32_be" | "utf_32be" => ("utf-32-be", Kind::Utf32 { order: Order::Big, mark: false }),
        _ => return None,
    };
    Some(Codec::new(name, kind))
}

fn single_byte(key: &str) -> Option<Codec> {
    Some(match key {
        "ascii" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "ansi_x3.4_1986" | "cp367"
        | "csascii" | "ibm367" | "iso646_us" | "iso_646.irv_1991" | "iso_ir_6" | "us"
        | "us_ascii" => Codec::new("ascii", Kind::Ascii),
        "latin_1" | "8859" | "cp819" | "csisolatin1" | "ibm819" | "iso8859" | "iso8859_1"
        | "iso_8859_1" | "iso_8859_1_1987" | "iso_ir_100" | "l1" | "latin" | "latin1" => {
            Codec::new("latin-1", Kind::Latin1)
        }
        _ => return None,
    })
}
