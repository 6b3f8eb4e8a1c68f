//! Whether the files can be opened, and whether two handlers get in each other's way.

use std::collections::HashSet;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::Reader;
use crate::diagnostic::Diagnostic;
use crate::plan::{FilePlan, HandlerKind, Mode, Plan};
use crate::probe::Kind;

impl Reader<'_> {
    /// `files`: the handlers that write files, each with what to underline.
    pub(super) fn disk(&mut self, plan: &Plan, files: &[(usize, Range<usize>)]) {
        let mut told = HashSet::new();
        let mut seen: Vec<(&Path, usize, &Range<usize>)> = Vec::new();
        for (index, at) in files {
            let Some(handler) = plan.handlers.get(*index) else { continue };
            let Some(file) = handler.kind.file() else { continue };
            self.file_on_disk(file, rolls(&handler.kind), at, &mut told);
            let first = seen.iter().find(|(path, ..)| *path == file.path.as_path());
            if let Some((_, first, first_at)) = first {
                if let Some(first) = plan.handlers.get(*first) {
                    let alone = |kind: &HandlerKind| {
                        rolls(kind) || kind.file().is_some_and(|file| file.mode == Mode::Truncate)
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

    fn file_on_disk(
        &mut self,
        file: &FilePlan,
        rolls: bool,
        at: &Range<usize>,
        told: &mut HashSet<PathBuf>,
    ) {
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
                    Err(error) if rolls && told.insert(parent.to_path_buf()) => {
                        let what = format!("can't roll {shown} over: {}", plain(&error));
                        Diagnostic::warning("cannot-roll", what)
                            .at(at.clone(), "the folder can't be written")
                            .help(format!(
                                "give the server's user the right to write {}",
                                parent.display()
                            ))
                    }
                    _ => return,
                },
            },
            Ok(None) => return self.new_file(parent, &problem, at, told),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return self.new_file(parent, &problem, at, told);
            }
            Err(error) => {
                problem("not-writable", format!("can't reach {shown}: {}", plain(&error)))
                    .help("give the server's user the right to enter the folder")
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
        told: &mut HashSet<PathBuf>,
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
                    .help("give the server's user the right to enter the folder")
            }
        };
        // one complaint for each folder
        if told.insert(parent.to_path_buf()) {
            self.report(diagnostic);
        }
    }
}

fn rolls(kind: &HandlerKind) -> bool {
    match kind {
        HandlerKind::RotatingFile { max_bytes, backup_count, .. } => {
            *max_bytes > 0 && *backup_count > 0
        }
        HandlerKind::TimedRotatingFile { .. } => true,
        _ => false,
    }
}

/// The system's words without Rust's "(os error 13)".
fn plain(error: &io::Error) -> String {
    let text = error.to_string().to_lowercase();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
