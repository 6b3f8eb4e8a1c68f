use super::codec::{Codec, Kind, Order};
use super::{CodecError, legacy};

/// Finds a codec by any name that Python knows it by.
pub fn lookup(name: &str) -> Result<Codec, CodecError> {
    let key = normalize(name);
    if let Some(codec) = find(&key).or_else(|| find(&key.replace('.', "_"))) {
        return Ok(codec);
    }
    Err(if NOT_YET.split(' ').any(|known| known == key) {
        CodecError::NotSupported(name.to_owned())
    } else {
        CodecError::Unknown(name.to_owned())
    })
}

fn find(key: &str) -> Option<Codec> {
    unicode(key).or_else(|| single_byte(key)).or_else(|| legacy::lookup(key))
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
        "utf_32_le" | "utf_32le" => {
            ("utf-32-le", Kind::Utf32 { order: Order::Little, mark: false })
        }
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
            Codec::new("iso8859-1", Kind::Latin1)
        }
        _ => return None,
    })
}

/// Names of text codecs that Python has and this hasn't yet.
const NOT_YET: &str = "\
    037 1026 1125 1140 273 424 437 500 775 850 852 855 857 858 860 861 862 863 864 865 869 932 \
    950 big5 big5_hkscs big5_tw big5hkscs charmap chinese cp037 cp1006 cp1026 cp1051 cp1125 \
    cp1140 cp1361 cp154 cp273 cp424 cp437 cp500 cp720 cp737 cp775 cp850 cp852 cp855 cp856 cp857 \
    cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866u cp869 cp875 cp932 cp950 cp_gr cp_is csbig5 \
    csibm037 csibm1026 csibm273 csibm424 csibm500 csibm855 csibm857 csibm858 csibm860 csibm861 \
    csibm863 csibm864 csibm865 csibm869 csiso2022jp csiso2022kr csiso58gb231280 cspc775baltic \
    cspc850multilingual cspc862latinhebrew cspc8codepage437 cspcp852 csptcp154 cyrillic_asian \
    ebcdic_cp_be ebcdic_cp_ca ebcdic_cp_ch ebcdic_cp_he ebcdic_cp_nl ebcdic_cp_us ebcdic_cp_wt \
    euc_cn euc_jis2004 euc_jis_2004 euc_jisx0213 euc_jp euc_kr euccn eucgb2312_cn eucjis2004 \
    eucjisx0213 eucjp euckr gb2312 gb2312_1980 gb2312_80 hkscs hp_roman8 hz hz_gb hz_gb_2312 \
    hzgb ibm037 ibm039 ibm1026 ibm1051 ibm1125 ibm1140 ibm273 ibm424 ibm437 ibm500 ibm775 ibm850 \
    ibm852 ibm855 ibm857 ibm858 ibm860 ibm861 ibm862 ibm863 ibm864 ibm865 ibm869 idna iso2022_jp \
    iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr iso2022jp \
    iso2022jp_1 iso2022jp_2 iso2022jp_2004 iso2022jp_3 iso2022jp_ext iso2022kr iso_2022_jp \
    iso_2022_jp_1 iso_2022_jp_2 iso_2022_jp_2004 iso_2022_jp_3 iso_2022_jp_ext iso_2022_kr \
    iso_ir_166 iso_ir_58 jisx0213 johab koi8_t korean ks_c_5601 ks_c_5601_1987 ks_x_1001 ksc5601 \
    ksx1001 kz1048 kz_1048 mac_arabic mac_centeuro mac_croatian mac_farsi mac_greek mac_iceland \
    mac_latin2 mac_romanian mac_turkish maccentraleurope macgreek maciceland maclatin2 \
    macturkish ms1361 ms932 ms950 ms_kanji mskanji palmos pt154 ptcp154 punycode r8 \
    raw_unicode_escape rk1048 roman8 ruscii s_jis_2004 s_jisx0213 shift_jis_2004 shift_jisx0213 \
    shiftjis2004 shiftjisx0213 sjis_2004 sjisx0213 strk1048_2002 tis620 tis_620 tis_620_0 \
    tis_620_2529_0 tis_620_2529_1 u7 u_jis ujis undefined unicode_1_1_utf_7 unicode_escape utf7 \
    utf_7 windows_31j x_mac_korean x_mac_simp_chinese x_mac_trad_chinese";
