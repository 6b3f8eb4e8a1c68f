use encoding_rs::{
    EUC_KR, EncoderResult, Encoding, GB18030, GBK, IBM866, ISO_8859_2, ISO_8859_3, ISO_8859_4,
    ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_10, ISO_8859_13, ISO_8859_14,
    ISO_8859_15, ISO_8859_16, KOI8_R, KOI8_U, MACINTOSH, SHIFT_JIS, WINDOWS_874, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
    WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};

use super::codec::{Codec, Kind};

/// A codec of a time before Unicode: the Web's encoder of that kind, and where Python's differs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Legacy {
    encoding: &'static Encoding,
    c1: C1,
    /// The Web's codes, from and to, that Python hasn't got.
    lacks: &'static [(u16, u16)],
    /// Characters with other bytes than the Web's, by their order; no bytes: Python hasn't got it.
    others: &'static [(char, &'static [u8])],
}

/// What the codec does with the control characters U+0080 to U+009F.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum C1 {
    /// As the Web's encoder.
    Web,
    /// Has none of them (the Web puts some at the bytes that Python leaves undefined).
    None,
    /// The bytes 80 to 9F are theirs alone (the Web has the Windows code page in their place).
    Own,
}

/// GB 18030-2000, where the Web has moved to the edition of 2022.
const GB18030_2000: [(char, &[u8]); 21] = [
    ('\u{1E3F}', b"\x81\x35\xF4\x37"),
    ('\u{9FB4}', b"\x82\x35\x90\x37"),
    ('\u{9FB5}', b"\x82\x35\x90\x38"),
    ('\u{9FB6}', b"\x82\x35\x90\x39"),
    ('\u{9FB7}', b"\x82\x35\x91\x30"),
    ('\u{9FB8}', b"\x82\x35\x91\x31"),
    ('\u{9FB9}', b"\x82\x35\x91\x32"),
    ('\u{9FBA}', b"\x82\x35\x91\x33"),
    ('\u{9FBB}', b"\x82\x35\x91\x34"),
    ('\u{E5E5}', b"\xA3\xA0"),
    ('\u{E7C7}', b"\xA8\xBC"),
    ('\u{FE10}', b"\x84\x31\x82\x36"),
    ('\u{FE11}', b"\x84\x31\x82\x37"),
    ('\u{FE12}', b"\x84\x31\x82\x38"),
    ('\u{FE13}', b"\x84\x31\x82\x39"),
    ('\u{FE14}', b"\x84\x31\x83\x30"),
    ('\u{FE15}', b"\x84\x31\x83\x31"),
    ('\u{FE16}', b"\x84\x31\x83\x32"),
    ('\u{FE17}', b"\x84\x31\x83\x33"),
    ('\u{FE18}', b"\x84\x31\x83\x34"),
    ('\u{FE19}', b"\x84\x31\x83\x35"),
];

/// What the Web's GBK has from GB 18030 and for itself.
const GBK_LACKS: [(u16, u16); 8] = [
    (0x80, 0x80),
    (0xA6D9, 0xA6DF),
    (0xA6EC, 0xA6ED),
    (0xA6F3, 0xA6F3),
    (0xA8BC, 0xA8BC),
    (0xA8BF, 0xA8BF),
    (0xA989, 0xA995),
    (0xFE50, 0xFEFE),
];

/// The Web's Shift_JIS is Microsoft's, with its own rows and its own idea of some signs.
const SHIFT_JIS_LACKS: [(u16, u16); 2] = [(0x8740, 0x879C), (0xFA40, 0xFC4B)];
const SHIFT_JIS_SIGNS: [(char, &[u8]); 12] = [
    ('\u{80}', b""),
    ('\u{A2}', b"\x81\x91"),
    ('\u{A3}', b"\x81\x92"),
    ('\u{AC}', b"\x81\xCA"),
    ('\u{2016}', b"\x81\x61"),
    ('\u{2225}', b""),
    ('\u{301C}', b"\x81\x60"),
    ('\u{FF0D}', b""),
    ('\u{FF5E}', b""),
    ('\u{FFE0}', b""),
    ('\u{FFE1}', b""),
    ('\u{FFE2}', b""),
];

/// The Web's `koi8-u` is KOI8-RU, with a Belarusian letter in the place of two lines of boxes.
const KOI8_U_BOXES: [(char, &[u8]); 4] =
    [('\u{40E}', b""), ('\u{45E}', b""), ('\u{255D}', b"\xAE"), ('\u{256C}', b"\xBE")];

/// Finds a codec by its normalized name: Python's own name or one of its aliases.
pub(super) fn lookup(key: &str) -> Option<Codec> {
    let (name, encoding, c1) = match key {
        "cp1250" | "1250" | "windows_1250" => ("cp1250", WINDOWS_1250, C1::None),
        "cp1251" | "1251" | "windows_1251" => ("cp1251", WINDOWS_1251, C1::None),
        "cp1252" | "1252" | "windows_1252" => ("cp1252", WINDOWS_1252, C1::None),
        "cp1253" | "1253" | "windows_1253" => ("cp1253", WINDOWS_1253, C1::None),
        "cp1254" | "1254" | "windows_1254" => ("cp1254", WINDOWS_1254, C1::None),
        "cp1255" | "1255" | "windows_1255" => ("cp1255", WINDOWS_1255, C1::None),
        "cp1256" | "1256" | "windows_1256" => ("cp1256", WINDOWS_1256, C1::Web),
        "cp1257" | "1257" | "windows_1257" => ("cp1257", WINDOWS_1257, C1::None),
        "cp1258" | "1258" | "windows_1258" => ("cp1258", WINDOWS_1258, C1::None),
        "cp866" | "866" | "csibm866" | "ibm866" => ("cp866", IBM866, C1::Web),
        "cp874" => ("cp874", WINDOWS_874, C1::None),
        "cp949" | "949" | "ms949" | "uhc" => ("cp949", EUC_KR, C1::Web),
        "gb18030" | "gb18030_2000" => ("gb18030", GB18030, C1::Web),
        "gbk" | "936" | "cp936" | "ms936" => ("gbk", GBK, C1::Web),
        "shift_jis" | "csshiftjis" | "shiftjis" | "sjis" | "s_jis" | "x_mac_japanese" => {
            ("shift_jis", SHIFT_JIS, C1::Web)
        }
        "iso8859_2" | "csisolatin2" | "iso_8859_2" | "iso_8859_2_1987" | "iso_ir_101" | "l2"
        | "latin2" => ("iso8859-2", ISO_8859_2, C1::Web),
        "iso8859_3" | "csisolatin3" | "iso_8859_3" | "iso_8859_3_1988" | "iso_ir_109" | "l3"
        | "latin3" => ("iso8859-3", ISO_8859_3, C1::Web),
        "iso8859_4" | "csisolatin4" | "iso_8859_4" | "iso_8859_4_1988" | "iso_ir_110" | "l4"
        | "latin4" => ("iso8859-4", ISO_8859_4, C1::Web),
        "iso8859_5" | "csisolatincyrillic" | "cyrillic" | "iso_8859_5" | "iso_8859_5_1988"
        | "iso_ir_144" => ("iso8859-5", ISO_8859_5, C1::Web),
        "iso8859_6" | "arabic" | "asmo_708" | "csisolatinarabic" | "ecma_114" | "iso_8859_6"
        | "iso_8859_6_1987" | "iso_ir_127" => ("iso8859-6", ISO_8859_6, C1::Web),
        "iso8859_7" | "csisolatingreek" | "ecma_118" | "elot_928" | "greek" | "greek8"
        | "iso_8859_7" | "iso_8859_7_1987" | "iso_ir_126" => ("iso8859-7", ISO_8859_7, C1::Web),
        "iso8859_8" | "csisolatinhebrew" | "hebrew" | "iso_8859_8" | "iso_8859_8_1988"
        | "iso_ir_138" => ("iso8859-8", ISO_8859_8, C1::Web),
        "iso8859_9" | "csisolatin5" | "iso_8859_9" | "iso_8859_9_1989" | "iso_ir_148" | "l5"
        | "latin5" => ("iso8859-9", WINDOWS_1254, C1::Own),
        "iso8859_10" | "csisolatin6" | "iso_8859_10" | "iso_8859_10_1992" | "iso_ir_157" | "l6"
        | "latin6" => ("iso8859-10", ISO_8859_10, C1::Web),
        "iso8859_11" | "thai" | "iso_8859_11" | "iso_8859_11_2001" => {
            ("iso8859-11", WINDOWS_874, C1::Own)
        }
        "iso8859_13" | "iso_8859_13" | "l7" | "latin7" => ("iso8859-13", ISO_8859_13, C1::Web),
        "iso8859_14" | "iso_8859_14" | "iso_8859_14_1998" | "iso_celtic" | "iso_ir_199" | "l8"
        | "latin8" => ("iso8859-14", ISO_8859_14, C1::Web),
        "iso8859_15" | "iso_8859_15" | "l9" | "latin9" => ("iso8859-15", ISO_8859_15, C1::Web),
        "iso8859_16" | "iso_8859_16" | "iso_8859_16_2001" | "iso_ir_226" | "l10" | "latin10" => {
            ("iso8859-16", ISO_8859_16, C1::Web)
        }
        "koi8_r" | "cskoi8r" => ("koi8-r", KOI8_R, C1::Web),
        "koi8_u" => ("koi8-u", KOI8_U, C1::Web),
        "mac_cyrillic" | "maccyrillic" => ("mac-cyrillic", X_MAC_CYRILLIC, C1::Web),
        "mac_roman" | "macintosh" | "macroman" => ("mac-roman", MACINTOSH, C1::Web),
        _ => return None,
    };
    let others: &'static [(char, &'static [u8])] = match name {
        "cp1255" => &[('\u{5BA}', b"")],
        "gb18030" => &GB18030_2000,
        "koi8-u" => &KOI8_U_BOXES,
        "shift_jis" => &SHIFT_JIS_SIGNS,
        _ => &[],
    };
    let lacks: &'static [(u16, u16)] = match name {
        "gbk" => &GBK_LACKS,
        "shift_jis" => &SHIFT_JIS_LACKS,
        _ => &[],
    };
    Some(Codec::new(name, Kind::Legacy(Legacy { encoding, c1, lacks, others })))
}

impl Legacy {
    /// Appends one character; false if the codec hasn't got it.
    pub(super) fn encode(&self, char: char, out: &mut Vec<u8>) -> bool {
        if char.is_ascii() {
            out.extend_from_slice(char.encode_utf8(&mut [0]).as_bytes());
            return true;
        }
        if let Ok(found) = self.others.binary_search_by_key(&char, |&(other, _)| other) {
            let bytes = self.others.get(found).map_or(&[] as &[u8], |&(_, bytes)| bytes);
            out.extend_from_slice(bytes);
            return !bytes.is_empty();
        }
        if ('\u{80}'..='\u{9F}').contains(&char) && self.c1 != C1::Web {
            let byte = u8::try_from(char).ok().filter(|_| self.c1 == C1::Own);
            out.extend(byte);
            return byte.is_some();
        }
        let mut text = [0; 4];
        // GB18030 takes up to four bytes for a character; no codec here takes more.
        let mut bytes = [0; 16];
        let (result, _, written) = self
            .encoding
            .new_encoder()
            .encode_from_utf8_without_replacement(char.encode_utf8(&mut text), &mut bytes, true);
        let bytes = bytes.get(..written).unwrap_or_default();
        let code = match *bytes {
            [byte] => u16::from(byte),
            [lead, trail] => u16::from_be_bytes([lead, trail]),
            _ => 0,
        };
        if self.lacks.iter().any(|&(from, to)| (from..=to).contains(&code)) {
            return false;
        }
        // The Web's GBK has the user-defined characters of GB 18030, Python's has none.
        if self.encoding == GBK && ('\u{E000}'..='\u{F8FF}').contains(&char) {
            return false;
        }
        let taken = self.c1 == C1::Own && bytes.first().is_some_and(|&byte| byte < 0xA0);
        if result != EncoderResult::InputEmpty || taken {
            return false;
        }
        out.extend_from_slice(bytes);
        true
    }
}
