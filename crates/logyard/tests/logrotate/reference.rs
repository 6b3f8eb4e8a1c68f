use std::path::PathBuf;
use std::process::Command;

/// The real logrotate of this machine, and the library that sets its time.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) program: PathBuf,
    pub(crate) faketime: PathBuf,
}

impl Reference {
    /// Debian's packages `logrotate` and `faketime`, or why they are not there.
    pub(crate) fn find() -> Result<Reference, String> {
        let program = ["/usr/sbin/logrotate", "/usr/bin/logrotate"].map(PathBuf::from);
        let program =
            program.into_iter().find(|path| path.exists()).ok_or("logrotate is not installed")?;
        let version =
            Command::new(&program).arg("--version").output().map_err(|error| error.to_string())?;
        let version =
            String::from_utf8_lossy(&[version.stdout, version.stderr].concat()).into_owned();
        if !version.starts_with("logrotate 3.21.") {
            let version = version.lines().next().unwrap_or_default();
            return Err(format!("the cases are made with logrotate 3.21, this is `{version}`"));
        }
        let libraries = std::fs::read_dir("/usr/lib").map_err(|error| error.to_string())?;
        let faketime = libraries
            .flatten()
            .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
            .find(|path| path.exists())
            .ok_or("faketime is not installed")?;
        Ok(Reference { program, faketime })
    }
}
