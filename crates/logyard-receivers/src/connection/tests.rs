use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

use super::*;

/// Sends `parts` one after the other, each only when the one before was read; gives the frames.
async fn receive(parts: &[&[u8]], budget: Budget) -> (Vec<Vec<u8>>, Result<(), ConnectionError>) {
    let (mut client, server) = UnixStream::pair().unwrap();
    let mut connection = Connection::new(Stream::Unix(server), budget, Limits::default());
    let mut buffer = ReadBuffer::default();
    let mut frames = Vec::new();
    let mut parts = parts.iter();
    loop {
        let take = |frame: &[u8]| {
            frames.push(frame.to_vec());
            // every second frame is enough for one call
            if frames.len() % 2 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        match connection.read(&mut buffer, take) {
            Ok(Progress::More) => {}
            Ok(Progress::Closed) => return (frames, Ok(())),
            Err(error) => return (frames, Err(error)),
            Ok(Progress::Drained) => {
                match parts.next() {
                    Some(part) => client.write_all(part).await.unwrap(),
                    None => client.shutdown().await.unwrap(),
                }
                connection.stream().readable().await.unwrap();
            }
        }
    }
}

fn frame(payload: &[u8]) -> Vec<u8> {
    [&u32::try_from(payload.len()).unwrap().to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn frames_arrive_split_at_every_byte() {
    let stream = [frame(b"one"), frame(b""), frame(b"three")].concat();
    let parts: Vec<&[u8]> = stream.chunks(1).collect();
    let (frames, end) = receive(&parts, Budget::new(0)).await;
    assert_eq!(frames, [&b"one"[..], b"", b"three"]);
    end.unwrap();
}

#[tokio::test]
async fn frames_arrive_joined() {
    let stream = [frame(b"one"), frame(b"two"), frame(b"three")].concat();
    let (frames, end) = receive(&[&stream[..9], &stream[9..]], Budget::new(0)).await;
    assert_eq!(frames.len(), 3);
    end.unwrap();
}

#[tokio::test]
async fn a_frame_larger_than_the_buffer_is_whole() {
    let large: Vec<u8> = (0..BUFFER * 2 + 7).map(|i| i as u8).collect();
    let stream = [frame(b"small"), frame(&large), frame(b"after")].concat();
    let parts: Vec<&[u8]> = stream.chunks(100_000).collect();
    let budget = Budget::new(4 * BUFFER);
    let (frames, end) = receive(&parts, budget.clone()).await;
    end.unwrap();
    assert_eq!(frames.len(), 3);
    assert!(frames[1] == large && frames[2] == b"after");
    assert!(budget.take(4 * BUFFER), "all of the budget was given back");
}

#[tokio::test]
async fn large_frames_end_with_the_budget() {
    let large = frame(&vec![0; 2 * BUFFER]);
    let parts: Vec<&[u8]> = large.chunks(100_000).collect();
    let (frames, end) = receive(&parts, Budget::new(1000)).await;
    assert!(frames.is_empty());
    assert!(matches!(end, Err(ConnectionError::Budget { .. })), "{end:?}");
}

#[tokio::test]
async fn an_end_within_a_frame_is_told() {
    let (frames, end) = receive(&[&frame(b"whole"), b"\0\0\0\x09half"], Budget::new(0)).await;
    assert_eq!(frames, [b"whole"]);
    assert!(matches!(end, Err(ConnectionError::Truncated { have: 8, wanted: 13 })), "{end:?}");
}

#[tokio::test]
async fn a_gigabyte_is_not_waited_for() {
    let (_, end) = receive(&[b"GET / HTTP/1.1\r\n"], Budget::new(0)).await;
    assert!(matches!(end, Err(ConnectionError::Frame(FrameError::TooLong { .. }))), "{end:?}");
}
