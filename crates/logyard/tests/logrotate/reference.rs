use std::path::PathBuf;
use std::process::Command;

/// The real logrotate, and the library that sets its time.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) program: PathBuf,
    pub(crate) faketime: PathBuf,
    /// Such as 3.22.
    pub(crate) version: String,
}

/// The one that the cases are made with. Of an older one, only what it does is compared, as its messages
/// are others.
pub(crate) const NEWEST: &str = "3.22";

impl Reference {
    /// The logrotate that `LOGYARD_LOGROTATE` names, else that of this machine, with Debian's package
    /// `faketime`; or why they are not there.
    pub(crate) fn find() -> Result<Reference, String> {
        let installed = ["/usr/sbin/logrotate", "/usr/bin/logrotate"].map(PathBuf::from);
        let program = match std::env::var_os("LOGYARD_LOGROTATE") {
            Some(program) => program.into(),
            None => installed
                .into_iter()
                .find(|path| path.exists())
                .ok_or("logrotate is not installed")?,
        };
        let version =
            Command::new(&program).arg("--version").output().map_err(|error| error.to_string())?;
        let version =
            String::from_utf8_lossy(&[version.stdout, version.stderr].concat()).into_owned();
        let line = version.lines().next().unwrap_or_default();
        let version = ["3.21", NEWEST]
            .into_iter()
            .find(|version| line.starts_with(&format!("logrotate {version}.")))
            .ok_or(format!("the cases are made with logrotate {NEWEST}, this is `{line}`"))?;
        let libraries = std::fs::read_dir("/usr/lib").map_err(|error| error.to_string())?;
        let faketime = libraries
            .flatten()
            .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
            .find(|path| path.exists())
            .ok_or("faketime is not installed")?;
        Ok(Reference { program, faketime, version: version.into() })
    }
}
