//! The messages of the acknowledged protocol: docs/reference/protocol.md.

use logyard_journal::ClientId;
use serde_json::{Value, json};

const HELLO: u8 = 0xE1;
const WELCOME: u8 = 0xE2;
const BATCH: u8 = 0xE3;
const ACK: u8 = 0xE4;
const ERROR: u8 = 0xE5;

/// What the hello's JSON follows.
const GREETING: &[u8] = b"logyard/1 ";

/// A hello names a client, and says little else.
const MOST_HELLO: usize = 4096;

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Hello(Hello),
    /// Records as `SocketHandler` frames them; the first has this number.
    Batch {
        first: u64,
        count: u32,
        records: &'a [u8],
    },
}

/// Who a client is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) client: ClientId,
    /// What it says of itself, for people.
    pub(crate) about: String,
}

/// Whether a connection's first frame begins this protocol.
pub(crate) fn is_hello(payload: &[u8]) -> bool {
    payload.first() == Some(&HELLO)
}

/// Reads a client's message; what is wrong with it is told to the client's programmer.
pub(crate) fn read(payload: &[u8]) -> Result<Message<'_>, String> {
    let (&kind, rest) = payload.split_first().ok_or("an empty message")?;
    match kind {
        HELLO => hello(rest).map(Message::Hello),
        BATCH => {
            let header = rest.split_first_chunk::<8>().and_then(|(first, rest)| {
                let (count, records) = rest.split_first_chunk::<4>()?;
                Some((u64::from_be_bytes(*first), u32::from_be_bytes(*count), records))
            });
            let (first, count, records) = header.ok_or("a batch without a header")?;
            if first == 0 || first.checked_add(count.into()).is_none() {
                return Err("records are numbered from 1 on".into());
            }
            Ok(Message::Batch { first, count, records })
        }
        _ => Err(format!("a message of the unknown type {kind:#04x}")),
    }
}

fn hello(rest: &[u8]) -> Result<Hello, String> {
    if rest.len() > MOST_HELLO {
        return Err(format!("a hello of more than {MOST_HELLO} bytes"));
    }
    let Some(text) = rest.strip_prefix(GREETING) else {
        return Err("this server speaks version 1 of the protocol: say `logyard/1 {...}`".into());
    };
    let value: Value = serde_json::from_slice(text).map_err(|error| format!("a hello: {error}"))?;
    let id = value.get("client").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let client = id.ok_or("a hello needs `client`: 32 hexadecimal digits")?;
    if value.get("next").and_then(Value::as_u64).is_none_or(|next| next == 0) {
        return Err("a hello needs `next`: the number of the first record, 1 or more".into());
    }
    let word = |name: &str| {
        let word = value.get(name)?;
        word.as_str().map(str::to_owned).or_else(|| word.as_u64().map(|number| number.to_string()))
    };
    let about = [("name", ""), ("host", "on "), ("pid", "pid ")];
    let about = about.iter().filter_map(|(name, before)| {
        let plain = |c: &char| !c.is_control();
        Some(format!("{before}{}", word(name)?.chars().filter(plain).take(80).collect::<String>()))
    });
    Ok(Hello { client, about: about.collect::<Vec<_>>().join(", ") })
}

/// `ack` says what an acknowledgement means.
pub(crate) fn welcome(ack: &str, received: u64, credit: u64, frame: u32) -> Vec<u8> {
    let json = json!({
        "version": 1, "ack": ack, "received": received, "credit": credit, "frame": frame,
    });
    framed(WELCOME, json.to_string().as_bytes())
}

pub(crate) fn ack(number: u64, credit: u64) -> Vec<u8> {
    framed(ACK, &[number.to_be_bytes(), credit.to_be_bytes()].concat())
}

pub(crate) fn error(text: &str) -> Vec<u8> {
    framed(ERROR, json!({ "error": text }).to_string().as_bytes())
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 1).unwrap_or(u32::MAX); // a few hundred
    let mut frame = length.to_be_bytes().to_vec();
    frame.push(kind);
    frame.extend_from_slice(body);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read() {
        let json = r#"{"client": "9f86d081884c7d659a2feaa0c55ad015", "next": 1, "pid": 7, "name": "a\u001bb"}"#;
        let hello = [b"\xe1logyard/1 ", json.as_bytes()].concat();
        let Ok(Message::Hello(read)) = super::read(&hello) else { panic!() };
        assert_eq!(read.client.to_string(), "9f86d081884c7d659a2feaa0c55ad015");
        assert_eq!(read.about, "ab, pid 7");
        let batch = b"\xe3\0\0\0\0\0\0\0\x05\0\0\0\x01\0\0\0\x02N.";
        let records = &b"\0\0\0\x02N."[..];
        assert_eq!(super::read(batch), Ok(Message::Batch { first: 5, count: 1, records }));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for bad in [
            &b""[..],
            b"\x80\x04N.",
            b"\xe1logyard/2 {}",
            b"\xe1logyard/1 {",
            b"\xe1logyard/1 {\"client\": \"x\", \"next\": 1}",
            b"\xe1logyard/1 {\"client\": \"9f86d081884c7d659a2feaa0c55ad015\", \"next\": 0}",
            b"\xe3\0\0\0\0\0\0\0\x05\0\0\0",
            b"\xe3\0\0\0\0\0\0\0\0\0\0\0\x01",
            b"\xe3\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x01",
        ] {
            assert!(super::read(bad).is_err(), "{bad:?}");
        }
    }
}
