use crate::cli::Level;

/// What is told of a record; the server fills in the rest, as `makeLogRecord` does.
pub(crate) struct Record<'r> {
    pub(crate) logger: &'r str,
    pub(crate) message: &'r str,
    pub(crate) level: Level,
    /// Seconds since 1970.
    pub(crate) created: f64,
    pub(crate) process: u32,
    pub(crate) process_name: &'r str,
}

impl Record<'_> {
    /// A frame as `SocketHandler.makePickle` makes it: protocol 1.
    pub(crate) fn frame(&self) -> Vec<u8> {
        let mut out = vec![0; 4];
        out.extend(b"}(");
        put_text(&mut out, "name");
        put_text(&mut out, self.logger);
        put_text(&mut out, "msg");
        put_text(&mut out, self.message);
        put_text(&mut out, "args");
        out.push(b'N');
        put_text(&mut out, "levelname");
        put_text(&mut out, self.level.name);
        put_text(&mut out, "levelno");
        put_number(&mut out, self.level.number.into());
        put_text(&mut out, "created");
        put_float(&mut out, self.created);
        put_text(&mut out, "msecs");
        put_float(&mut out, (self.created.fract() * 1000.0).floor());
        put_text(&mut out, "process");
        put_number(&mut out, self.process.cast_signed());
        put_text(&mut out, "processName");
        put_text(&mut out, self.process_name);
        out.extend(b"u.");
        let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX); // messages are bounded
        out[..4].copy_from_slice(&length.to_be_bytes());
        out
    }
}

/// `BINUNICODE`
fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(text.as_bytes());
}

/// `BININT`
fn put_number(out: &mut Vec<u8>, number: i32) {
    out.push(b'J');
    out.extend(number.to_le_bytes());
}

/// `BINFLOAT`
fn put_float(out: &mut Vec<u8>, number: f64) {
    out.push(b'G');
    out.extend(number.to_be_bytes());
}
