use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::{State, quoting};
use crate::moment::Moment;

impl State {
    /// The text of a state file of version 2.
    pub fn text(&self, now: &Moment) -> Vec<u8> {
        let mut text = b"logrotate state -- version 2\n".to_vec();
        for (log, entry) in &self.0 {
            quoting::write(log.as_bytes(), &mut text);
            let at = now.at(entry.last).wall();
            text.extend(
                format!(
                    " {}-{}-{}-{}:{}:{}\n",
                    at.year, at.month, at.day, at.hour, at.minute, at.second
                )
                .bytes(),
            );
        }
        text
    }

    /// Writes a state file of version 2 in one step: beside `path` first, then in its place. Mode and
    /// owner stay, without the permission for everybody to read it: who can read it could lock it.
    ///
    /// # Errors
    ///
    /// Any of its system calls; the file is as it was then.
    pub fn write(&self, path: &Path, now: &Moment) -> io::Result<()> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".tmp");
        let beside = Path::new(&beside);
        let written =
            self.write_beside(beside, path, now).and_then(|()| std::fs::rename(beside, path));
        if written.is_err() {
            let _ = std::fs::remove_file(beside); // the error tells enough
        }
        written
    }

    fn write_beside(&self, beside: &Path, path: &Path, now: &Moment) -> io::Result<()> {
        match std::fs::remove_file(beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {} // one that a crash left
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(beside)?;
        file.write_all(&self.text(now))?;
        keep_access(&file, path)?;
        file.sync_all()
    }
}

fn keep_access(file: &File, path: &Path) -> io::Result<()> {
    let Ok(old) = std::fs::metadata(path) else {
        return file.set_permissions(PermissionsExt::from_mode(0o640));
    };
    let new = file.metadata()?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(PermissionsExt::from_mode(old.mode() & 0o7777 & !0o004))
}

#[cfg(test)]
mod tests {
    use super::*;
    use logyard_libc::Zone;

    #[test]
    fn what_is_written_reads_the_same() {
        let now = Moment::new(1_795_341_600, Zone::Utc);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        let mut state = State::default();
        state.rotated("/a \"b\\c\nd".as_ref(), &now);
        state.write(&path, &now).unwrap();
        let text = std::fs::read(&path).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&text),
            "logrotate state -- version 2\n\"/a \\\"b\\\\c\\nd\" 2026-11-22-10:0:0\n"
        );
        state.0.values_mut().for_each(|entry| entry.used = false);
        assert_eq!(State::read(&text, &now), (state, None));
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
