//! The acknowledged protocol (docs/reference/protocol.md), spoken by hand.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::server::{PATIENCE, Server, frame};

const CONFIGURATION: &str = "\
[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys = line
[logger_root]
handlers = file
[handler_file]
class = FileHandler
args = ('app.log',)
formatter = line
[formatter_line]
format = %(message)s
";

const ID: &str = "9f86d081884c7d659a2feaa0c55ad015";

struct Client {
    connection: TcpStream,
    /// What the server said first.
    welcome: String,
}

impl Client {
    fn new(server: &Server) -> Client {
        let hello =
            format!("\u{e1}logyard/1 {{\"client\": \"{ID}\", \"next\": 1, \"name\": \"shop\"}}");
        let hello: Vec<u8> = hello.chars().map(|c| c as u8).collect();
        let mut client = Client::greet(server, &hello);
        let (kind, welcome) = client.hear().expect("a welcome");
        assert_eq!(kind, 0xE2);
        client.welcome = String::from_utf8(welcome).unwrap();
        client
    }

    fn greet(server: &Server, hello: &[u8]) -> Client {
        let connection = TcpStream::connect(&server.addresses[1]).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut client = Client { connection, welcome: String::new() };
        client.say(hello);
        client
    }

    fn say(&mut self, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        self.connection.write_all(&[&length[..], payload].concat()).unwrap();
    }

    /// Records with the numbers as messages.
    fn send(&mut self, numbers: std::ops::Range<u64>) {
        let mut batch = vec![0xE3];
        batch.extend(numbers.start.to_be_bytes());
        batch.extend((numbers.clone().count() as u32).to_be_bytes());
        numbers.for_each(|number| batch.extend(frame("a", &number.to_string())));
        self.say(&batch);
    }

    /// A message's type and body; none when the server has closed.
    fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut length = [0; 4];
        self.connection.read_exact(&mut length).ok()?;
        let mut payload = vec![0; u32::from_be_bytes(length) as usize];
        self.connection.read_exact(&mut payload).unwrap();
        let body = payload.split_off(1);
        Some((payload[0], body))
    }

    fn wait_for_ack(&mut self, number: u64) {
        loop {
            let (kind, body) = self.hear().expect("an ack");
            assert_eq!((kind, body.len()), (0xE4, 16));
            let acked = u64::from_be_bytes(body[..8].try_into().unwrap());
            assert!(acked <= number, "{acked} was not sent");
            if acked == number {
                return;
            }
        }
    }
}

fn start(folder: tempfile::TempDir, more: &[&str]) -> Server {
    std::fs::write(folder.path().join("logging.ini"), CONFIGURATION).unwrap();
    // the state's folder is named after the first address: the same after a restart
    let socket = format!("--listen=unix://{}/l.sock", folder.path().display());
    let arguments = [&socket, "--listen", "127.0.0.1:0", "--state", "state", "logging.ini"];
    Server::run(folder, &[&arguments, more].concat())
}

fn lines(numbers: std::ops::Range<u64>) -> String {
    numbers.map(|number| format!("{number}\n")).collect()
}

#[test]
fn what_is_acknowledged_is_in_the_file() {
    let server = start(tempfile::tempdir().unwrap(), &[]);
    let mut client = Client::new(&server);
    assert!(client.welcome.contains(r#""ack":"written""#), "{}", client.welcome);
    assert!(client.welcome.contains(r#""received":0"#), "{}", client.welcome);
    client.send(1..4);
    client.wait_for_ack(3);
    assert_eq!(server.read("app.log"), lines(1..4));
    client.send(2..6);
    client.wait_for_ack(5);
    client.send(1..6);
    client.wait_for_ack(5);
    assert_eq!(server.read("app.log"), lines(1..6), "each once");
    // a server that stops in order leaves word
    let (code, folder) = server.stop();
    assert_eq!(code, 0);
    let server = start(folder, &[]);
    let mut client = Client::new(&server);
    assert!(client.welcome.contains(r#""received":5"#), "{}", client.welcome);
    client.send(1..8);
    client.wait_for_ack(7);
    assert_eq!(server.read("app.log"), lines(1..8));
}

#[test]
fn with_a_journal_it_holds_after_a_kill() {
    let journal = ["--journal", "journal"];
    let mut server = start(tempfile::tempdir().unwrap(), &journal);
    let mut sent = 1;
    for round in 0..8 {
        let mut client = Client::new(&server);
        assert!(client.welcome.contains(r#""ack":"synced""#), "{}", client.welcome);
        assert!(
            client.welcome.contains(&format!(r#""received":{}"#, sent - 1)),
            "{}",
            client.welcome
        );
        client.send(1..sent + 100);
        if round % 2 == 0 {
            client.wait_for_ack(sent + 99);
        }
        server.process.kill().unwrap();
        server.process.wait().unwrap();
        let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
        server = start(folder, &journal);
        // sent again, if it was lost
        let mut client = Client::new(&server);
        client.send(1..sent + 100);
        client.wait_for_ack(sent + 99);
        sent += 100;
        server.wait_for("app.log", &lines(1..sent));
    }
}

#[test]
fn a_client_that_comes_again_ends_its_connection_before() {
    let server = start(tempfile::tempdir().unwrap(), &[]);
    let mut first = Client::new(&server);
    first.send(1..3);
    let mut second = Client::new(&server);
    while first.hear().is_some() {}
    second.send(1..4);
    second.wait_for_ack(3);
    assert_eq!(server.read("app.log"), lines(1..4));
}

#[test]
fn a_client_that_makes_no_sense_is_told() {
    let server = start(tempfile::tempdir().unwrap(), &[]);
    let mut told = Vec::new();
    for hello in [&b"\xe1logyard/2 {}"[..], b"\xe1logyard/1 {}"] {
        let (kind, text) = Client::greet(&server, hello).hear().unwrap();
        assert_eq!(kind, 0xE5);
        told.push(String::from_utf8(text).unwrap());
    }
    let mut client = Client::new(&server);
    client.say(b"\xe3\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x02N.");
    let (kind, text) = client.hear().unwrap();
    assert_eq!(kind, 0xE5);
    told.push(String::from_utf8(text).unwrap());
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(server.read("app.log"), "");
}
