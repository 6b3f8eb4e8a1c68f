//! How the state file writes names: in quotes, or bare up to a blank.

/// Appends `name` in quotes.
pub(crate) fn write(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in name {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\n' => out.extend(b"\\n"),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// The name at the beginning of `line`, and what comes after it.
pub(crate) fn read(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if line.first() != Some(&b'"') {
        let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        let (name, rest) = line.split_at_checked(end)?;
        return (!name.is_empty()).then(|| (name.to_vec(), rest));
    }
    let mut name = Vec::new();
    let mut bytes = line.iter().enumerate().skip(1);
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((name, line.get(index + 1..)?)),
            b'\\' => match bytes.next()?.1 {
                b'n' => name.push(b'\n'),
                other => name.push(*other),
            },
            other => name.push(*other),
        }
    }
    None
}
