//! Whether the files can be opened, and whether two handlers get in each other's way.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::{FilePlan, HandlerKind, Mode, Plan};
use crate::probe::{Files, Kind};
use crate::problems::Problems;

/// What was said of a folder: one complaint for each, unless a graver one follows.
type Told = HashMap<PathBuf, Severity>;

impl Problems<'_> {
    /// `files`: the handlers that write files, each with what to underline.
    pub(crate) fn disk(&mut self, plan: &Plan, files: &[(usize, Range<usize>)]) {
        let mut told = Told::new();
        let mut seen: Vec<(&Path, usize, &Range<usize>)> = Vec::new();
        for (index, at) in files {
            let Some(handler) = plan.handlers.get(*index) else { continue };
            let Some(file) = handler.kind.file() else { continue };
            self.file_on_disk(file, handler.kind.rolls(), at, &mut told);
            let first = seen.iter().find(|(path, ..)| *path == file.path.as_path());
            if let Some((_, first, first_at)) = first {
                if let Some(first) = plan.handlers.get(*first) {
                    let alone = |kind: &HandlerKind| {
                        kind.rolls() || kind.file().is_some_and(|file| file.mode == Mode::Truncate)
                    };
                    if alone(&handler.kind) || alone(&first.kind) {
                        let what = format!("two handlers write {}", file.path.display());
                        self.report(
                            Diagnostic::warning("shared-file", what)
                                .at(
                                    at.clone(),
                                    "when one of them rolls over, the other's lines are lost",
                                )
                                .at((*first_at).clone(), "the first one")
                                .help("give the loggers one handler, or each handler its own file"),
                        );
                    }
                }
            } else {
                seen.push((&file.path, *index, at));
            }
        }
    }

    fn file_on_disk(&mut self, file: &FilePlan, rolls: bool, at: &Range<usize>, told: &mut Told) {
        let path = file.path.as_path();
        // with delay=True CPython finds out at the first record
        let problem = |id, what: String| match file.delay {
            true => Diagnostic::warning(id, what).at(at.clone(), "found at the first record"),
            false => Diagnostic::error(id, what).at(at.clone(), ""),
        };
        let shown = path.display();
        let parent = path.parent().unwrap_or(path);
        let diagnostic = match self.options.files.kind(path) {
            Ok(Some(Kind::Directory)) => {
                problem("is-directory", format!("{shown} is a directory")).help("name a file in it")
            }
            Ok(Some(Kind::File)) if file.mode == Mode::Exclusive => problem(
                "file-exists",
                format!("{shown} is there already, and mode 'x' wants it not to be"),
            )
            .help("write mode 'a'"),
            Ok(Some(Kind::File)) => match self.options.files.writable(path) {
                Err(error) => {
                    problem("not-writable", format!("can't write {shown}: {}", plain(&error)))
                        .help("give the server's user the right to write it")
                }
                Ok(()) => match self.options.files.writable(parent) {
                    Err(error) if rolls => {
                        let what = format!("can't roll {shown} over: {}", plain(&error));
                        let diagnostic = Diagnostic::warning("cannot-roll", what)
                            .at(at.clone(), "the folder can't be written")
                            .help(format!(
                                "give the server's user the right to write {}",
                                parent.display()
                            ));
                        return self.tell(told, parent, diagnostic);
                    }
                    _ => return,
                },
            },
            Ok(None) => {
                match dangling(self.options.files, path) {
                    Some(target) => self.link(file, &target, &problem),
                    None => self.new_file(parent, &problem, at, told),
                }
                return;
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return self.new_file(parent, &problem, at, told);
            }
            Err(error) => {
                problem("not-writable", format!("can't reach {shown}: {}", plain(&error)))
                    .help(reaching(&error))
            }
        };
        self.report(diagnostic);
    }

    /// The file is not there yet: what about its folder?
    fn new_file(
        &mut self,
        parent: &Path,
        problem: &dyn Fn(&'static str, String) -> Diagnostic,
        at: &Range<usize>,
        told: &mut Told,
    ) {
        let files = self.options.files;
        let shown = parent.display();
        let unwritable = |folder: &Path, error: &io::Error| {
            let what = format!("can't make files in {}: {}", folder.display(), plain(error));
            problem("not-writable", what).help("give the server's user the right to write there")
        };
        let diagnostic = match files.kind(parent) {
            Ok(Some(Kind::Directory)) => match files.writable(parent) {
                Ok(()) => return,
                Err(error) => unwritable(parent, &error),
            },
            Ok(Some(Kind::File)) => {
                problem("not-a-directory", format!("{shown} is a file, not a directory"))
                    .help("name a folder")
            }
            Ok(None) if parent.components().any(|part| part.as_os_str() == "~") => {
                problem("missing-directory", format!("the directory {shown} does not exist"))
                    .help("Python expands no ~ here: write os.path.expanduser('~/...')")
            }
            Ok(None) => {
                let above = parent.parent().unwrap_or(parent);
                match files.kind(above) {
                    Ok(Some(Kind::Directory)) => match files.writable(above) {
                        Ok(()) => {
                            let what = format!("the directory {shown} does not exist");
                            Diagnostic::warning("missing-directory", what)
                                .at(
                                    at.clone(),
                                    "serve creates it; CPython stops with FileNotFoundError",
                                )
                                .help(format!("mkdir {shown}"))
                        }
                        Err(error) => unwritable(above, &error),
                    },
                    _ => {
                        let what = format!("the directory {shown} does not exist");
                        problem("missing-directory", what).help(format!("mkdir -p {shown}"))
                    }
                }
            }
            Err(error) => {
                problem("not-writable", format!("can't reach {shown}: {}", plain(&error)))
                    .help(reaching(&error))
            }
        };
        self.tell(told, parent, diagnostic);
    }

    /// The file is a link to nothing: opening it makes the file it leads to, but no folder.
    fn link(
        &mut self,
        file: &FilePlan,
        target: &Path,
        problem: &dyn Fn(&'static str, String) -> Diagnostic,
    ) {
        let (shown, folder) = (file.path.display(), target.parent().unwrap_or(target));
        let diagnostic = match self.options.files.kind(folder) {
            _ if file.mode == Mode::Exclusive => problem(
                "file-exists",
                format!("{shown} is a link already, and mode 'x' wants it not to be there"),
            )
            .help("write mode 'a'"),
            Ok(Some(Kind::Directory)) => match self.options.files.writable(folder) {
                Ok(()) => return,
                Err(error) => {
                    let folder = folder.display();
                    let what = format!("can't make files in {folder}: {}", plain(&error));
                    problem("not-writable", what)
                        .help(format!("{shown} is a link to {}", target.display()))
                        .help("give the server's user the right to write there")
                }
            },
            _ => {
                let what =
                    format!("{shown} is a link to {}, which can't be made", target.display());
                problem("missing-directory", what).help(format!("mkdir -p {}", folder.display()))
            }
        };
        self.report(diagnostic);
    }

    fn tell(&mut self, told: &mut Told, folder: &Path, diagnostic: Diagnostic) {
        let before = told.get(folder).copied();
        if before.is_none_or(|before| before < diagnostic.severity) {
            told.insert(folder.to_path_buf(), diagnostic.severity);
            self.report(diagnostic);
        }
    }
}

/// Where a link leads that leads to nothing; `None` if nothing at all is at the path.
fn dangling(files: &dyn Files, path: &Path) -> Option<PathBuf> {
    let plain = files.realpath(path.parent()?).join(path.file_name()?);
    Some(files.realpath(path)).filter(|target| *target != plain)
}

/// What to do about a path that can't even be looked at.
fn reaching(error: &io::Error) -> &'static str {
    match Errno::from_io_error(error) {
        Some(Errno::LOOP) => "a symbolic link leads back to itself: remove it",
        Some(Errno::NAMETOOLONG) => "a name has at most 255 bytes, and a path at most 4095",
        _ => "give the server's user the right to enter the folder",
    }
}

/// The system's words without Rust's "(os error 13)".
fn plain(error: &io::Error) -> String {
    let text = error.to_string().to_lowercase();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
