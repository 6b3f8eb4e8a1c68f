use logyard_config::encoding;

use super::CodecError;
use super::codec::{Codec, Kind, Order};
use super::iso2022::Iso2022;
use super::multibyte::Multibyte;
use super::table::Charmap;

/// Finds a codec by any name that Python knows it by.
pub fn lookup(name: &str) -> Result<Codec, CodecError> {
    let unknown = || CodecError::Unknown(name.to_owned());
    match encoding::lookup(name) {
        encoding::Codec::Text(python) => {
            let kind = kind(python).ok_or_else(unknown)?;
            Ok(Codec::new(python, kind))
        }
        encoding::Codec::NoLines => Err(CodecError::NotForLines(name.to_owned())),
        encoding::Codec::NotText | encoding::Codec::Unknown => Err(unknown()),
    }
}

/// Finds a codec by Python's own name for it.
fn kind(name: &str) -> Option<Kind> {
    let multibyte = match name {
        "big5" => Multibyte::Big5,
        "big5hkscs" => Multibyte::Big5Hkscs,
        "cp932" => Multibyte::Cp932,
        "cp949" => Multibyte::Cp949,
        "cp950" => Multibyte::Cp950,
        "euc_jis_2004" => Multibyte::EucJis2004,
        "euc_jisx0213" => Multibyte::EucJisx0213,
        "euc_jp" => Multibyte::EucJp,
        "euc_kr" => Multibyte::EucKr,
        "gb18030" => Multibyte::Gb18030,
        "gb2312" => Multibyte::Gb2312,
        "gbk" => Multibyte::Gbk,
        "johab" => Multibyte::Johab,
        "shift_jis" => Multibyte::ShiftJis,
        "shift_jis_2004" => Multibyte::ShiftJis2004,
        "shift_jisx0213" => Multibyte::ShiftJisx0213,
        _ => return unicode(name).or_else(|| Charmap::lookup(name).map(Kind::Charmap)),
    };
    Some(Kind::Multibyte(multibyte))
}

fn unicode(name: &str) -> Option<Kind> {
    let (native, little, big) = (Order::NATIVE, Order::Little, Order::Big);
    Some(match name {
        "utf-8" => Kind::Utf8 { mark: false },
        "utf-8-sig" => Kind::Utf8 { mark: true },
        "utf-16" => Kind::Utf16 { order: native, mark: true },
        "utf-16-le" => Kind::Utf16 { order: little, mark: false },
        "utf-16-be" => Kind::Utf16 { order: big, mark: false },
        "utf-32" => Kind::Utf32 { order: native, mark: true },
        "utf-32-le" => Kind::Utf32 { order: little, mark: false },
        "utf-32-be" => Kind::Utf32 { order: big, mark: false },
        "utf-7" => Kind::Utf7,
        "ascii" => Kind::Ascii,
        // Without a mapping, `charmap` is Latin-1.
        "iso8859-1" | "charmap" => Kind::Latin1,
        "hz" => Kind::Hz,
        "iso2022_jp" => Kind::Iso2022(Iso2022::Jp),
        "iso2022_jp_1" => Kind::Iso2022(Iso2022::Jp1),
        "iso2022_jp_2" => Kind::Iso2022(Iso2022::Jp2),
        "iso2022_jp_2004" => Kind::Iso2022(Iso2022::Jp2004),
        "iso2022_jp_3" => Kind::Iso2022(Iso2022::Jp3),
        "iso2022_jp_ext" => Kind::Iso2022(Iso2022::JpExt),
        "iso2022_kr" => Kind::Iso2022(Iso2022::Kr),
        "unicode-escape" => Kind::UnicodeEscape,
        "raw-unicode-escape" => Kind::RawUnicodeEscape,
        _ => return None,
    })
}
