//! Filesystems to rotate on: where temporary files are, and such as can be made in an image.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A filesystem for a while.
pub(crate) struct Mount {
    pub(crate) name: String,
    folder: PathBuf,
    /// Unmounted, and removed with its image, in the end.
    home: Option<tempfile::TempDir>,
}

/// Size of an image; it is sparse.
const SIZE: u64 = 3 << 30;

/// How each is made: a name, a program and its options; the image comes last.
const IMAGES: &[(&str, &[&str])] = &[
    ("ext4, blocks of 1 KiB", &["mkfs.ext4", "-qF", "-b", "1024"]),
    ("XFS", &["mkfs.xfs", "-q"]),
    ("btrfs", &["mkfs.btrfs", "-q"]),
];

/// What there is here. Only the long form makes filesystems; it needs root, loop devices and the programs.
pub(crate) fn all(long: bool) -> Vec<Mount> {
    let temporary = std::env::temp_dir();
    let mut found = vec![Mount::of(&temporary)];
    if Path::new("/dev/shm").is_dir() {
        found.push(Mount::of(Path::new("/dev/shm")));
    }
    if !long {
        return found;
    }
    let made = IMAGES.iter().map(|(name, make)| (*name, image(name, make)));
    for (name, made) in made.chain([("overlayfs on the first", overlay())]) {
        match made {
            Ok(mount) => found.push(mount),
            Err(why) => eprintln!("skipped: {name}: {why}"),
        }
    }
    found
}

impl Mount {
    fn of(folder: &Path) -> Mount {
        let output = Command::new("stat").args(["-f", "-c", "%T"]).arg(folder).output();
        let name = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let name = name.unwrap_or_default().replace("ext2/ext3", "ext4");
        Mount { name, folder: folder.to_owned(), home: None }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the beginning of a file can be removed here.
    pub(crate) fn can_collapse(&self) -> bool {
        let path = self.folder.join(format!("logyard-torture-{}", std::process::id()));
        let mut file = File::create(&path).unwrap();
        file.write_all(&[b'x'; 1 << 18]).unwrap();
        let flags = rustix::fs::FallocateFlags::COLLAPSE_RANGE;
        let collapsed = rustix::fs::fallocate(&file, flags, 0, 1 << 16);
        std::fs::remove_file(&path).unwrap();
        collapsed.is_ok()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if self.home.is_some() {
            let _ = Command::new("umount").arg(&self.folder).status(); // it is told by itself
        }
    }
}

fn image(name: &str, make: &[&str]) -> Result<Mount, String> {
    let home = tempfile::tempdir().unwrap();
    let (image, folder) = (home.path().join("image"), home.path().join("mounted"));
    std::fs::create_dir(&folder).unwrap();
    let file = OpenOptions::new().write(true).create_new(true).open(&image).unwrap();
    file.set_len(SIZE).unwrap();
    run(Command::new(make[0]).args(&make[1..]).arg(&image))?;
    run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&folder))?;
    Ok(Mount { name: name.into(), folder, home: Some(home) })
}

fn overlay() -> Result<Mount, String> {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    for name in ["lower", "upper", "work", "mounted"] {
        std::fs::create_dir(at(name)).unwrap();
    }
    let [lower, upper, work] =
        ["lower", "upper", "work"].map(|name| at(name).display().to_string());
    let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
    run(Command::new("mount")
        .args(["-t", "overlay", "overlay", "-o", &options])
        .arg(at("mounted")))?;
    let name = format!("overlayfs on {}", Mount::of(home.path()).name);
    Ok(Mount { name, folder: at("mounted"), home: Some(home) })
}

/// Runs a command; what it says if it fails.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().display().to_string();
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Err(format!("{program}: {error}")),
    }
}
