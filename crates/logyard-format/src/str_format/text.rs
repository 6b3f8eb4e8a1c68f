//! `str.__format__`.

use super::layout;
use super::spec::Layout;
use crate::error::PercentError;
use crate::wtf8;

/// Appends a text.
pub(super) fn write(text: &[u8], layout: &Layout, out: &mut Vec<u8>) -> Result<(), PercentError> {
    if layout.kind != u32::from(b's') {
        return Err(layout.unknown_kind("str"));
    }
    let refused = match layout {
        Layout { sign: Some(b' '), .. } => "Space not allowed in string format specifier",
        Layout { sign: Some(_), .. } => "Sign not allowed in string format specifier",
        Layout { no_neg_0: true, .. } => {
            "Negative zero coercion (z) not allowed in string format specifier"
        }
        Layout { alternate: true, .. } => {
            "Alternate form (#) not allowed in string format specifier"
        }
        Layout { align: b'=', .. } => "'=' alignment not allowed in string format specifier",
        _ => "",
    };
    if !refused.is_empty() {
        return Err(PercentError::value_error(refused));
    }
    let len = layout.precision.map_or(text.len(), |chars| wtf8::prefix_len(text, chars));
    let start = out.len();
    out.extend_from_slice(text.get(..len).unwrap_or(text));
    layout::pad(out, start, start, layout)
}
