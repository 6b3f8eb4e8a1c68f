//! `pathlib`: a path pickles as its parts (up to 3.12) or as the strings it was made of (3.13 on,
//! from module `pathlib._local`), which are then joined and tidied here as pathlib does.

use logyard_pickle::{Class, Object};

use super::text_of;
use crate::text::{Form, Printer, write_str_repr};

/// What a part costs besides its length, in bytes of text.
const PART_COST: usize = 16;

/// `/var/log`, `PosixPath('/var/log')`
pub(crate) fn print_posix<'a>(
    class: Class<'a>,
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    spend(object, p)?;
    let mut path = Vec::new();
    for part in object.args().iter() {
        let part = text_of(part)?;
        if part.starts_with(b"/") {
            path.clear();
        } else if !path.is_empty() && !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(part);
    }
    // exactly two slashes are a root of their own in POSIX
    let slashes = path.iter().take_while(|&&byte| byte == b'/').count();
    let root: &[u8] = match slashes {
        0 => b"",
        2 => b"//",
        _ => b"/",
    };
    let tidy = tidied(root, path.get(slashes..)?, b'/');
    write(class, &tidy, form, p);
    Some(())
}

/// `c:\logs`, `WindowsPath('c:/logs')`
pub(crate) fn print_windows<'a>(
    class: Class<'a>,
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    spend(object, p)?;
    let mut parts = Vec::new();
    for part in object.args().iter() {
        let backslash = |&byte: &u8| if byte == b'/' { b'\\' } else { byte };
        parts.push(text_of(part)?.iter().map(backslash).collect());
    }
    let joined = join_windows(&parts);
    let (drive, root, tail) = split_root(&joined);
    let mut anchor = [drive, root].concat();
    if root.is_empty() && is_share(drive) {
        anchor.push(b'\\');
    }
    let mut tidy = tidied(&anchor, tail, b'\\');
    if form == Form::Repr {
        // the repr is of as_posix()
        for byte in &mut tidy {
            if *byte == b'\\' {
                *byte = b'/';
            }
        }
    }
    write(class, &tidy, form, p);
    Some(())
}

/// Pays for the parts that a path is made of: most of them may leave no trace in it.
fn spend(object: Object<'_>, p: &mut Printer<'_, '_>) -> Option<()> {
    for part in object.args().iter() {
        p.spend(text_of(part)?.len() + PART_COST);
    }
    Some(())
}

/// `ntpath.join` of paths that have only backslashes.
fn join_windows(paths: &[Vec<u8>]) -> Vec<u8> {
    let Some((first, others)) = paths.split_first() else { return Vec::new() };
    let (mut drive, mut root, tail) = split_root(first);
    let mut tail = tail.to_vec();
    for path in others {
        let (new_drive, new_root, new_tail) = split_root(path);
        let is_other_drive = !new_drive.is_empty() && !new_drive.eq_ignore_ascii_case(drive);
        if !new_root.is_empty() || is_other_drive {
            tail.clear();
            root = new_root;
        }
        if !new_drive.is_empty() {
            drive = new_drive;
        }
        if !tail.is_empty() && !tail.ends_with(b"\\") {
            tail.push(b'\\');
        }
        tail.extend_from_slice(new_tail);
    }
    let ends_open = drive.last().is_some_and(|byte| !matches!(byte, b':' | b'\\'));
    if root.is_empty() && !tail.is_empty() && ends_open {
        root = b"\\";
    }
    [drive, root, &tail].concat()
}

/// Whether a drive is `\\server\share` or `\\?\UNC\server\share`, which is absolute without a
/// root of its own (`PurePath._parse_path`).
fn is_share(drive: &[u8]) -> bool {
    if !drive.starts_with(b"\\") || drive.ends_with(b"\\") {
        return false;
    }
    let mut parts = drive.split(|&byte| byte == b'\\').skip(2);
    match (parts.next(), parts.count()) {
        (Some(server), 1) => !matches!(server, b"" | b"?" | b"." | b"?."),
        (_, rest) => rest == 3,
    }
}

/// `ntpath.splitroot` of a path that has only backslashes.
fn split_root(path: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let at = |from: usize| {
        path.iter().skip(from).position(|&byte| byte == b'\\').map(|found| from + found)
    };
    let cut = |drive: usize, root: usize| {
        let (drive, rest) = path.split_at(drive.min(path.len()));
        let (root, tail) = rest.split_at(root.min(rest.len()));
        (drive, root, tail)
    };
    if path.starts_with(b"\\\\") {
        // \\server\share\, or \\?\UNC\server\share\
        let is_unc = path.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"\\\\?\\UNC\\"));
        let start = if is_unc { 8 } else { 2 };
        let Some(server_end) = at(start) else { return cut(path.len(), 0) };
        let Some(share_end) = at(server_end + 1) else { return cut(path.len(), 0) };
        return cut(share_end, 1);
    }
    let drive = if path.get(1) == Some(&b':') { 2 } else { 0 };
    let root = usize::from(path.get(drive) == Some(&b'\\'));
    cut(drive, root)
}

/// The path without empty parts and single dots; `.` if nothing is left.
fn tidied(anchor: &[u8], tail: &[u8], separator: u8) -> Vec<u8> {
    let mut tidy = anchor.to_vec();
    let mut first = true;
    for part in tail.split(|&byte| byte == separator) {
        if part.is_empty() || part == b"." {
            continue;
        }
        if first && anchor.is_empty() && separator == b'\\' && part.get(1) == Some(&b':') {
            // a name that would read as a drive keeps its dot in front
            tidy.extend_from_slice(b".\\");
        }
        if !first {
            tidy.push(separator);
        }
        first = false;
        tidy.extend_from_slice(part);
    }
    if tidy.is_empty() {
        tidy.push(b'.');
    }
    tidy
}

fn write(class: Class<'_>, path: &[u8], form: Form, p: &mut Printer<'_, '_>) {
    match form {
        Form::Str => p.text(path),
        Form::Repr => {
            p.class_name(class);
            p.out.push(b'(');
            write_str_repr(path, p.room(), p.out);
            p.out.push(b')');
        }
    }
}
