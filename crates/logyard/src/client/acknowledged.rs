//! The acknowledged protocol (docs/reference/protocol.md): what is not acknowledged is sent again.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use logyard_receivers::Address;

use super::stream::{Stream, readable};

/// Bytes of records in one batch: far below the server's largest frame.
const BATCH: usize = 256 << 10;

/// A message of the server that is longer makes no sense.
const LONGEST_MESSAGE: u32 = 1 << 20;

/// How long a server may say nothing while records are unacknowledged.
const SILENCE: Duration = Duration::from_secs(30);

/// Time between two attempts to connect.
const AGAIN: Duration = Duration::from_millis(100);

/// Numbers records and keeps them until they are acknowledged.
#[derive(Debug)]
pub(crate) struct Sender {
    address: Address,
    /// 32 hexadecimal digits.
    client: String,
    /// For people.
    name: String,
    connection: Option<Connection>,
    /// Not acknowledged yet.
    open: VecDeque<Vec<u8>>,
    open_bytes: usize,
    /// The number of the first that is open.
    first: u64,
}

#[derive(Debug)]
struct Connection {
    stream: Stream,
    /// How many of the open ones were sent here, and their bytes.
    sent: usize,
    sent_bytes: usize,
    credit: u64,
    heard: Instant,
}

impl Sender {
    pub(crate) fn new(address: Address, name: &str) -> io::Result<Sender> {
        let mut random = [0; 16];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let client = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = name.to_owned();
        let open = VecDeque::new();
        Ok(Sender { address, client, name, connection: None, open, open_bytes: 0, first: 1 })
    }

    /// Takes a frame; [`Sender::go_on`] sends it.
    pub(crate) fn push(&mut self, frame: Vec<u8>) {
        self.open_bytes += frame.len();
        self.open.push_back(frame);
    }

    /// How many are not acknowledged.
    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }

    /// Sends what is to be sent, and waits until at most so many bytes are unacknowledged, or the moment
    /// has come. Whatever happens to the connection, another one is made. Gives the last error if it was in vain.
    pub(crate) fn go_on(&mut self, most: usize, until: Instant) -> io::Result<()> {
        loop {
            match self.try_to_go_on(most, until) {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() >= until => return Err(error),
                Err(_) => {
                    self.connection = None;
                    std::thread::sleep(AGAIN);
                }
            }
        }
    }

    fn try_to_go_on(&mut self, most: usize, until: Instant) -> io::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        if self.connection.is_none() {
            self.connection = Some(self.connect()?);
        }
        loop {
            while self.send_batch()? {}
            let wait = if self.open_bytes > most { AGAIN } else { Duration::ZERO };
            self.hear_acks(wait)?;
            let all_sent =
                self.connection.as_ref().is_some_and(|here| here.sent == self.open.len());
            if self.open_bytes <= most && all_sent {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "no acknowledgement came"));
            }
        }
    }

    fn connect(&mut self) -> io::Result<Connection> {
        let mut stream = Stream::connect(&self.address)?;
        let hello = serde_json::json!({
            "client": self.client, "next": self.first, "pid": std::process::id(), "name": self.name,
        });
        stream.write_all(&message(0xE1, format!("logyard/1 {hello}").as_bytes()))?;
        let (kind, body) = hear(&mut stream)?;
        let said: serde_json::Value = serde_json::from_slice(&body)?;
        if kind != 0xE2 {
            return Err(io::Error::other(format!("the server says {}", said["error"])));
        }
        let number = |name: &str| {
            let what = || io::Error::other(format!("the server's welcome has no `{name}`"));
            said[name].as_u64().ok_or_else(what)
        };
        self.acknowledged(number("received")?);
        let credit = number("credit")?;
        Ok(Connection { stream, sent: 0, sent_bytes: 0, credit, heard: Instant::now() })
    }

    /// Whether there was one to send, and the server has room for it.
    fn send_batch(&mut self) -> io::Result<bool> {
        let Some(here) = &mut self.connection else { return Ok(false) };
        let mut bytes = 0;
        let room = |frame: &&Vec<u8>| {
            bytes += frame.len();
            bytes <= BATCH || bytes == frame.len()
        };
        let batch: Vec<_> = self.open.iter().skip(here.sent).take_while(room).collect();
        let bytes: usize = batch.iter().map(|frame| frame.len()).sum();
        let fits = (here.sent_bytes + bytes) as u64 <= here.credit
            || (here.sent_bytes == 0 && here.credit > 0);
        if batch.is_empty() || !fits {
            return Ok(false);
        }
        let mut body = (self.first + here.sent as u64).to_be_bytes().to_vec();
        body.extend((batch.len() as u32).to_be_bytes());
        batch.iter().for_each(|frame| body.extend_from_slice(frame));
        here.stream.write_all(&message(0xE3, &body))?;
        here.sent += batch.len();
        here.sent_bytes += bytes;
        Ok(true)
    }

    fn hear_acks(&mut self, mut wait: Duration) -> io::Result<()> {
        while let Some(here) = &mut self.connection {
            if !readable(&here.stream, wait)? {
                if here.sent > 0 && here.heard.elapsed() > SILENCE {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "the server is silent"));
                }
                return Ok(());
            }
            let (kind, body) = hear(&mut here.stream)?;
            here.heard = Instant::now();
            wait = Duration::ZERO;
            match (kind, body.split_first_chunk::<8>()) {
                (0xE4, Some((number, credit))) if credit.len() == 8 => {
                    here.credit = u64::from_be_bytes(credit.try_into().unwrap_or_default());
                    self.acknowledged(u64::from_be_bytes(*number));
                }
                _ => return Err(io::Error::other("the server says what is no acknowledgement")),
            }
        }
        Ok(())
    }

    fn acknowledged(&mut self, number: u64) {
        while self.first <= number
            && let Some(frame) = self.open.pop_front()
        {
            self.first += 1;
            self.open_bytes -= frame.len();
            if let Some(here) = &mut self.connection
                && here.sent > 0
            {
                here.sent -= 1;
                here.sent_bytes -= frame.len();
            }
        }
    }
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 1).unwrap_or(u32::MAX); // batches are bounded
    [&length.to_be_bytes()[..], &[kind], body].concat()
}

/// A message's type and what follows.
fn hear(stream: &mut Stream) -> io::Result<(u8, Vec<u8>)> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length == 0 || length > LONGEST_MESSAGE {
        return Err(io::Error::other("what answers is no server of this protocol"));
    }
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body)?;
    Ok((body.remove(0), body))
}
