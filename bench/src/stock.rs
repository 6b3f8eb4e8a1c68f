//! A record as a stock `SocketHandler` sends it, where a corpus is of no use.

/// The frame of a record of CPython 3.11 with this logger and message: protocol 1, length included.
/// `created` is in seconds since the epoch.
pub fn stock_frame(name: &str, message: &str, created: f64) -> Vec<u8> {
    let path = "/srv/app/handlers/orders.py";
    let relative = 48_211.5_f64;
    let pairs: [(&str, Value<'_>); 20] = [
        ("name", Value::Text(name)),
        ("msg", Value::Text(message)),
        ("args", Value::Bytes(b"N")),
        ("levelname", Value::Text("INFO")),
        ("levelno", Value::Bytes(b"K\x14")),
        ("pathname", Value::Text(path)),
        ("filename", Value::Text("orders.py")),
        ("module", Value::Text("orders")),
        ("exc_info", Value::Bytes(b"N")),
        ("exc_text", Value::Bytes(b"N")),
        ("stack_info", Value::Bytes(b"N")),
        ("lineno", Value::Bytes(b"K\x35")),
        ("funcName", Value::Text("accept")),
        ("created", Value::Float(created)),
        ("msecs", Value::Float((created * 1e3).rem_euclid(1e3).trunc())),
        ("relativeCreated", Value::Float(relative)),
        ("thread", Value::Bytes(b"L140735871592192L\n")),
        ("threadName", Value::Text("MainThread")),
        ("processName", Value::Text("MainProcess")),
        ("process", Value::Bytes(b"M\x39\x05")),
    ];
    let mut frame = vec![0; 4];
    frame.extend(b"}q\0(");
    let mut memo = 0;
    let mut text = |frame: &mut Vec<u8>, text: &str| {
        memo += 1;
        frame.push(b'X');
        frame.extend((text.len() as u32).to_le_bytes());
        frame.extend(text.as_bytes());
        frame.extend([b'q', memo]);
    };
    for (key, value) in pairs {
        text(&mut frame, key);
        match value {
            Value::Text(value) => text(&mut frame, value),
            Value::Bytes(bytes) => frame.extend(bytes),
            Value::Float(float) => {
                frame.push(b'G');
                frame.extend(float.to_be_bytes());
            }
        }
    }
    frame.extend(b"u.");
    let payload = (frame.len() - 4) as u32;
    frame[..4].copy_from_slice(&payload.to_be_bytes());
    frame
}

/// The same with an extra that is no plain value: `amount`, a Decimal.
pub fn frame_with_extra(name: &str, message: &str, created: f64) -> Vec<u8> {
    let mut frame = stock_frame(name, message, created);
    frame.truncate(frame.len() - 2);
    frame.extend(b"X\x06\0\0\0amountcdecimal\nDecimal\n(X\x05\0\0\x0019.99tRu.");
    let payload = (frame.len() - 4) as u32;
    frame[..4].copy_from_slice(&payload.to_be_bytes());
    frame
}

enum Value<'a> {
    Text(&'a str),
    /// Opcode and operand.
    Bytes(&'a [u8]),
    Float(f64),
}
