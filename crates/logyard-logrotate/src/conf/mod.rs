//! The reader of logrotate's configuration.
//!
//! As logrotate does, it carries directives out in the order of the text: what stands before a block
//! is that block's default, an `include` goes on with the directives of its place, and what an
//! included file sets holds after it.

mod cursor;
mod directives;
pub(crate) mod glob;
pub(crate) mod old_dir;
pub(crate) mod problem;
mod source;
pub(crate) mod values;

use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use cursor::{Cursor, Place, SCRIPTS};
use problem::Problem;
use source::{Opened, Taboo};

use crate::finding::Finding;
use crate::messages::{self, Messages};
use crate::plan::{Block, Criterion, Directives, Origin, Said};

/// How deep `include` may nest, as in logrotate.
const DEPTH: usize = 16;

/// Most `include` lines that are followed: files that include each other twice would be read 2^16 times.
const INCLUDES: usize = 1000;

/// What a configuration gives.
#[derive(Debug, Default)]
pub struct Configuration {
    /// The blocks that are to be carried out, in order.
    pub blocks: Vec<Block>,
    /// Whether something was wrong: exit code 1.
    pub bad: bool,
    /// What was told that has a place.
    pub problems: Vec<Finding>,
    /// How that was told.
    pub(crate) told: Vec<String>,
}

/// Reads configurations and folders of them, in order; the later ones begin with the directives of
/// those before. In debug mode no `olddir` is created.
pub fn read(paths: &[PathBuf], debug: bool, told: &Messages) -> Configuration {
    let mut reader = Reader {
        told,
        debug,
        taboo: Taboo::default(),
        seen: HashMap::new(),
        includes: 0,
        done: Configuration::default(),
    };
    let mut defaults = Directives::default();
    for path in paths {
        match source::files(path, &reader.taboo, told) {
            Some(files) => defaults = reader.read(files.into(), defaults),
            None => reader.done.bad = true,
        }
    }
    reader.done
}

struct Reader<'a> {
    told: &'a Messages,
    debug: bool,
    taboo: Taboo,
    /// Files that a block has already, and the number of that block.
    seen: HashMap<PathBuf, usize>,
    /// `include` lines so far.
    includes: usize,
    done: Configuration,
}

/// One file that is being read, and those of its folder that come after it.
struct Level {
    path: PathBuf,
    shown: String,
    cursor: Cursor,
    defaults: Directives,
    /// The defaults from before this file: it leaves nothing behind if it is bad.
    before: Directives,
    block: Option<Block>,
    criterion: Option<Criterion>,
    queue: VecDeque<(PathBuf, String)>,
}

enum Step {
    Go,
    Include(VecDeque<(PathBuf, String)>),
    End,
}

impl Reader<'_> {
    /// Reads files one after the other, with what they include, and gives the directives at the end.
    fn read(&mut self, queue: VecDeque<(PathBuf, String)>, mut defaults: Directives) -> Directives {
        let mut levels: Vec<Level> = Vec::new();
        let mut queue = queue;
        loop {
            if let Some(level) = self.next_file(&mut queue, &defaults) {
                levels.push(level);
            } else {
                // back in the file that has the `include`
                let Some(level) = levels.last_mut() else { return defaults };
                match &mut level.block {
                    Some(block) => block.directives = defaults.clone(),
                    None => level.defaults = defaults.clone(),
                }
            }
            let depth = levels.len();
            let Some(level) = levels.last_mut() else { return defaults };
            loop {
                match self.step(level, depth) {
                    Step::Go => {}
                    Step::Include(files) => {
                        let inside =
                            level.block.as_ref().map_or(&level.defaults, |block| &block.directives);
                        (queue, defaults) = (files, inside.clone());
                        break;
                    }
                    Step::End => {
                        if let Some(level) = levels.pop() {
                            (queue, defaults) = (level.queue, level.defaults);
                        }
                        break;
                    }
                }
            }
        }
    }

    fn next_file(
        &mut self,
        queue: &mut VecDeque<(PathBuf, String)>,
        defaults: &Directives,
    ) -> Option<Level> {
        while let Some((path, shown)) = queue.pop_front() {
            match source::open(&path, &shown, self.told) {
                Opened::Text(cursor) => {
                    return Some(Level {
                        path,
                        shown,
                        cursor,
                        defaults: defaults.clone(),
                        before: defaults.clone(),
                        block: None,
                        criterion: None,
                        queue: std::mem::take(queue),
                    });
                }
                Opened::Ignored => {}
                Opened::Failed => self.done.bad = true,
            }
        }
        None
    }

    /// Reads one directive, one list of files, or one closing brace.
    fn step(&mut self, level: &mut Level, depth: usize) -> Step {
        level.cursor.skip_space();
        let place = level.cursor.place();
        let outcome = match level.cursor.peek() {
            None => {
                if let Some(block) = level.block.take() {
                    self.tell(
                        level,
                        place,
                        &format!("missing '}}' at the end of the block of {}", block.pattern),
                    );
                    self.skipped(&block);
                }
                return Step::End;
            }
            Some(b'#') => {
                level.cursor.rest_of_line();
                Ok(Step::Go)
            }
            Some(letter) if letter.is_ascii_alphabetic() => self.keyword(level, place, depth),
            Some(b'/' | b'"' | b'\'' | b'~') if level.block.is_some() => {
                Err(Problem::Block("unexpected log filename".into()))
            }
            Some(b'/' | b'"' | b'\'' | b'~') => self.open_block(level, place),
            Some(b'}') => self.close_block(level),
            Some(_) => Err(Problem::Block(
                "lines must begin with a keyword or a filename (possibly in double quotes)".into(),
            )),
        };
        outcome.unwrap_or_else(|problem| self.recover(level, place, &problem))
    }

    fn keyword(&mut self, level: &mut Level, place: Place, depth: usize) -> Result<Step, Problem> {
        let mut word = level.cursor.take_while(|byte| byte.is_ascii_alphabetic()).to_vec();
        if word == b"logyard" {
            // our own ones have lines in them, too
            word.extend(level.cursor.take_while(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        }
        let keyword = String::from_utf8_lossy(&word).into_owned();
        if let Some(byte) =
            level.cursor.peek().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
        {
            level.cursor.next();
            return Err(Problem::Block(format!(
                "keyword '{keyword}' not properly separated, found 0x{byte:x}"
            )));
        }
        let Level { cursor, defaults, block, criterion, .. } = level;
        let inside = block.is_some();
        let directives = block.as_mut().map_or(defaults, |block| &mut block.directives);
        match keyword.as_str() {
            "include" => {
                let path = glob::home_path(directives::text(cursor, "include")?.as_bytes());
                if depth > DEPTH {
                    self.done.bad = true;
                    return Err(Problem::Line("include nesting too deep".into()));
                }
                self.includes += 1;
                if self.includes > INCLUDES {
                    self.done.bad = true;
                    return Err(Problem::Line(format!("more than {INCLUDES} includes")));
                }
                self.told.debug(&format!("including {}\n", path.display()));
                match source::files(&path, &self.taboo, self.told) {
                    Some(files) => return Ok(Step::Include(files.into())),
                    None => self.done.bad = true,
                }
            }
            "tabooext" | "taboopat" => {
                if inside {
                    return Err(Problem::Block(format!(
                        "{keyword} may not appear inside of log file definition"
                    )));
                }
                let value = directives::text(cursor, &keyword)?;
                self.taboo.set(&value, if keyword == "tabooext" { "*" } else { "" });
            }
            "errors" => {
                cursor.rest_of_line();
                let what = "the errors directive is deprecated and no longer used.";
                let line = level.cursor.place().line;
                let text = format!("{}: {line}: {what}", level.shown);
                self.note(
                    level,
                    place,
                    messages::Level::Warning,
                    what.trim_end_matches('.'),
                    &text,
                );
                return Ok(Step::Go);
            }
            _ if SCRIPTS.contains(&word.as_slice()) => {
                let script = cursor.script().ok_or_else(|| {
                    Problem::File("prerotate, postrotate or preremove without endscript".into())
                })?;
                let script = Some(String::from_utf8_lossy(&script).into_owned());
                let scripts = &mut directives.scripts;
                match keyword.as_str() {
                    "firstaction" => scripts.first = script,
                    "prerotate" => scripts.pre = script,
                    "postrotate" => scripts.post = script,
                    "lastaction" => scripts.last = script,
                    _ => scripts.pre_remove = script,
                }
            }
            _ => directives::apply(&keyword, cursor, directives, criterion, self.told)?,
        }
        let said = Said { at: origin(&level.path, place), inside };
        directives.said.insert(keyword, said);
        Ok(Step::Go)
    }

    fn open_block(&mut self, level: &mut Level, place: Place) -> Result<Step, Problem> {
        let names = level.cursor.take_while(|byte| !matches!(byte, b'{' | b'}'));
        let names = names.trim_ascii_end().to_vec();
        match level.cursor.next() {
            Some(b'{') => {}
            // what stands before it are no names of files, most likely
            Some(_) => return Err(Problem::File("unexpected } (missing previous '{')".into())),
            None => return Err(Problem::File("missing '{' after log files definition".into())),
        }
        let mut directives = level.defaults.clone();
        directives.said.values_mut().for_each(|said| said.inside = false);
        let mut files = Vec::new();
        for pattern in values::words(&names) {
            for file in glob::expand(&pattern) {
                // a folder that fits a pattern is no log
                if file.is_dir() {
                    continue;
                }
                let Some(first) = self.seen.get(&file) else {
                    self.seen.insert(file.clone(), self.done.blocks.len());
                    files.push(file);
                    continue;
                };
                // the block that had it first decides
                let first = self.done.blocks.get(*first).map_or(&directives, |b| &b.directives);
                let what = format!("duplicate log entry for {}", file.display());
                if !first.ignore_duplicates {
                    // what else this pattern fits is left out, too
                    self.tell(level, place, &what);
                    self.done.bad = true;
                    break;
                }
                self.told.debug(&format!("{}:{} ignore {what}\n", level.shown, place.line));
            }
        }
        let pattern = OsString::from_vec(names).display().to_string();
        let at = origin(&level.path, place);
        level.block = Some(Block { pattern, files, directives, at });
        Ok(Step::Go)
    }

    fn close_block(&mut self, level: &mut Level) -> Result<Step, Problem> {
        let Some(block) = level.block.take() else {
            return Err(Problem::File("unexpected }".into()));
        };
        level.cursor.next();
        level.criterion = None;
        if let Err(what) = old_dir::check(&block, self.debug, self.told) {
            level.block = Some(block);
            return Err(Problem::File(what));
        }
        self.done.blocks.push(block);
        let place = level.cursor.place();
        let rest = level.cursor.rest_of_line();
        if !rest.trim_ascii().is_empty() {
            let what = "unexpected text after }";
            let Place { line, column } = place;
            let text = format!("{}:{line}, {what} (column {column})", level.shown);
            self.note(level, place, messages::Level::Error, what, &text);
        }
        Ok(Step::Go)
    }

    /// After a problem: where to go on.
    fn recover(&mut self, level: &mut Level, place: Place, problem: &Problem) -> Step {
        if matches!(problem, Problem::Unknown(_)) {
            let (what, text) = (problem.to_string(), at(level, place, &problem.to_string()));
            self.note(level, place, messages::Level::Warning, &what, &text);
            return Step::Go;
        }
        self.tell(level, place, &problem.to_string());
        if matches!(problem, Problem::Line(_)) {
            return Step::Go;
        }
        self.done.bad = true;
        match (level.block.take(), problem) {
            (Some(block), Problem::Block(_)) => {
                self.skipped(&block);
                level.criterion = None;
                if level.cursor.skip_block() {
                    return Step::Go;
                }
            }
            // where the structure is in doubt, nothing after it is guessed at
            (block, _) => {
                if block.is_some() {
                    self.told.debug("removing last 1 log configs\n");
                }
                level.defaults = level.before.clone();
            }
        }
        Step::End
    }

    fn skipped(&mut self, block: &Block) {
        self.done.bad = true;
        for file in &block.files {
            self.seen.remove(file);
        }
        let text = format!("found error in {}, skipping", block.pattern);
        self.told.error(&text);
        self.told.debug("removing last 1 log configs\n");
        if let Some(problem) = self.done.problems.last_mut() {
            problem.help = Some(format!("the block of {} is not carried out", block.pattern));
        }
        self.done.told.push(text);
    }

    fn tell(&mut self, level: &Level, place: Place, what: &str) {
        self.note(level, place, messages::Level::Error, what, &at(level, place, what));
    }

    /// Tells `text`, and keeps `what` with its place.
    fn note(&mut self, level: &Level, place: Place, bad: messages::Level, what: &str, text: &str) {
        match bad {
            messages::Level::Error => self.told.error(text),
            _ => self.told.warning(text),
        }
        let origin = origin(&level.path, place);
        let finding = Finding {
            level: bad,
            id: "logrotate",
            at: Some(origin),
            what: what.to_owned(),
            help: None,
        };
        self.done.problems.push(finding);
        self.done.told.push(text.to_owned());
    }
}

fn origin(path: &Path, place: Place) -> Origin {
    Origin { file: path.into(), line: place.line, column: place.column }
}

/// logrotate's wording, and behind it what it doesn't tell: the column, and which folder.
fn at(level: &Level, place: Place, what: &str) -> String {
    let folder = if level.path == Path::new(&level.shown) {
        String::new()
    } else {
        format!(" of {}", level.path.display())
    };
    let Place { line, column } = place;
    format!("{}:{line} {what} (column {column}{folder})", level.shown)
}
