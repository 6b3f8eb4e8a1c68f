use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::problem::why;
use crate::messages::Messages;
use crate::plan::{Access, Block};

/// The folder of `file` that rotated files go to, if `olddir` names one.
pub(crate) fn of(block: &Block, file: &Path) -> Option<PathBuf> {
    let folder = file.parent().unwrap_or(Path::new("."));
    block.directives.old_dir.as_ref().map(|old| folder.join(old)) // an absolute path replaces it
}

/// Checks that the `olddir` of each file is there, or creates it, and that files can be moved there.
pub(super) fn check(block: &Block, debug: bool, told: &Messages) -> Result<(), String> {
    let d = &block.directives;
    for file in &block.files {
        let Some(old) = of(block, file) else { return Ok(()) };
        let Ok(folder) = std::fs::metadata(file.parent().unwrap_or(Path::new("."))) else {
            continue;
        };
        let about = match (std::fs::metadata(&old), &d.create_old_dir) {
            (Ok(about), _) => about,
            (Err(error), Some(access)) if error.kind() == std::io::ErrorKind::NotFound => {
                let mode = access.mode.unwrap_or(0o755);
                let id = |id: Option<u32>| id.map_or(-1, i64::from);
                told.debug(&format!(
                    "creating new directory {} mode = 0{mode:o} uid = {} gid = {}\n",
                    old.display(),
                    id(access.user),
                    id(access.group)
                ));
                if debug {
                    continue;
                }
                create(&old, mode, *access)?;
                std::fs::metadata(&old).map_err(|error| {
                    format!("error verifying olddir path {}: {}", old.display(), why(&error))
                })?
            }
            (Err(error), _) => {
                return Err(format!(
                    "error verifying olddir path {}: {}",
                    old.display(),
                    why(&error)
                ));
            }
        };
        let copies = d.copy || d.copy_truncate || d.rename_copy;
        if about.dev() != folder.dev() && !copies {
            return Err(format!(
                "olddir {} and log file {} are on different devices",
                old.display(),
                file.display()
            ));
        }
    }
    Ok(())
}

fn create(old: &Path, mode: u32, access: Access) -> Result<(), String> {
    let failed =
        |error: std::io::Error| format!("error creating {}: {}", old.display(), why(&error));
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(mode).create(old).map_err(failed)?;
    std::os::unix::fs::chown(old, access.user, access.group).map_err(failed)?;
    std::fs::set_permissions(old, std::os::unix::fs::PermissionsExt::from_mode(mode))
        .map_err(failed)
}
