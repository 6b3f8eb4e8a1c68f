//! What the worst pickles cost in memory. By itself, for it looks at the whole process.
use logyard_pickle::{Limits, Machine};

/// The most that this process ever had, in MiB, where Linux tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// A pickle of as many parts as a frame may hold.
fn fill(head: &[u8], part: &[u8], tail: &[u8]) -> Vec<u8> {
    let most = Limits::default().frame_bytes as usize;
    let mut pickle = Vec::with_capacity(most);
    pickle.extend_from_slice(head);
    pickle.extend(part.repeat((most - head.len() - tail.len()) / part.len()));
    pickle.extend_from_slice(tail);
    pickle
}

/// As many dict keys as the limits take.
fn keys() -> Vec<u8> {
    let mut pickle = b"}(".to_vec();
    for key in 0..250_000u32 {
        pickle.push(b'J');
        pickle.extend_from_slice(&key.to_le_bytes());
        pickle.push(b'N');
    }
    pickle.extend_from_slice(b"u.");
    pickle
}

#[test]
fn the_worst_pickles_stay_below_100_mib() {
    let cases: &[(&[u8], &[u8], &[u8])] = &[
        (b"", b"N", b"."),
        (b"", b"]", b"."),
        (b"(", b"]", b"l."),
        (b"", b"]\x94", b"."),
        (b"]", b"Na", b"."),
        (b"", b"(", b"."),
        (b"", b"cQ\nQ\n0", b"."),
        (b"cQ\nQ\nq\0", b"h\0)\x81", b"."),
        (b"]q\0]q\x01", b"h\0Nah\x01Na00", b"."),
        (b"", b"U\xff\xe9", b"."),
        (b"S'", b"\xe9", b"'\n."),
        (b"V", b"\xe9", b"\n."),
        (b"", b"L99999999999999999999\n", b"."),
    ];
    let mut machine = Machine::new(Limits::default());
    assert!(machine.load(&keys()).is_ok());
    for (head, part, tail) in cases {
        // a refusal or a value: only what it costs counts
        let _ = machine.load(&fill(head, part, tail));
    }
    if let Some(peak) = peak() {
        // the pickle itself lies in memory as well
        assert!(peak - 16 < 100, "{peak} MiB");
        eprintln!("at most {peak} MiB, 16 of them the pickle");
    }
}
