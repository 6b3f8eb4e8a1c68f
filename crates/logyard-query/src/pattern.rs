use regex::bytes::{Regex, RegexBuilder};

/// Bytes that a compiled expression may take. Enough for `\w{100}`; a query must not cost more than the
/// record it looks at.
const SIZE: usize = 1 << 20;

/// Groups within groups.
const NEST: u32 = 50;

/// A regular expression over bytes. Matching takes time linear in the text.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// Whether it looks at nothing but the match itself.
    is_free: bool,
}

impl Pattern {
    /// Case counts, as in Python's `re`; `flags` is `i` or empty.
    ///
    /// # Errors
    ///
    /// What is wrong with it, on one line.
    pub(crate) fn new(source: &str, ignore_case: bool) -> Result<Pattern, String> {
        let hir = regex_syntax::ParserBuilder::new()
            .case_insensitive(ignore_case)
            .utf8(false)
            .nest_limit(NEST)
            .build()
            .parse(source)
            .map_err(|error| match error {
                regex_syntax::Error::Parse(error) => error.kind().to_string(),
                regex_syntax::Error::Translate(error) => error.kind().to_string(),
                _ => "it can't be read".into(),
            })?;
        let regex = RegexBuilder::new(source)
            .case_insensitive(ignore_case)
            .size_limit(SIZE)
            .dfa_size_limit(SIZE)
            .nest_limit(NEST)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                other => other.to_string().lines().last().unwrap_or_default().to_owned(),
            })?;
        Ok(Pattern { regex, is_free: hir.properties().look_set().is_empty() })
    }

    /// This text, in whatever case. Letters of ASCII are not other letters' other case (K is not the
    /// sign for kelvin): an index could not find them.
    pub(crate) fn literal(text: &str) -> Pattern {
        Pattern::parts([text].into_iter())
    }

    /// The same with any letters of words between the parts.
    pub(crate) fn parts<'p>(parts: impl Iterator<Item = &'p str>) -> Pattern {
        let mut source = String::new();
        for (index, part) in parts.enumerate() {
            if index > 0 {
                source.push_str(r"[\p{Alphabetic}\p{N}_]*");
            }
            escape(part, &mut source);
        }
        // its length is bounded by the query's, so it isn't too large; if it were, nothing is found
        match RegexBuilder::new(&source).size_limit(16 * SIZE).build() {
            Ok(regex) => Pattern { regex, is_free: true },
            Err(_) => Pattern { regex: never(), is_free: true },
        }
    }

    pub(crate) fn regex(&self) -> &Regex {
        &self.regex
    }

    /// See [`crate::TextTest::anywhere`].
    pub(crate) fn anywhere(&self) -> Option<&Regex> {
        self.is_free.then_some(&self.regex)
    }

    /// Whether it is somewhere in the text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }
}

/// A text as an expression for it in any case.
fn escape(text: &str, source: &mut String) {
    for run in text.split_inclusive(|c: char| !c.is_ascii()) {
        let other = run.char_indices().next_back().filter(|(_, c)| !c.is_ascii());
        let plain = run.get(..other.map_or(run.len(), |(at, _)| at)).unwrap_or_default();
        if !plain.is_empty() {
            source.push_str("(?i-u:");
            source.push_str(&regex::escape(plain));
            source.push(')');
        }
        if let Some((_, c)) = other {
            source.push_str("(?i:");
            source.push(c);
            source.push(')');
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant expression")]
fn never() -> Regex {
    Regex::new(r"[^\s\S]").expect("it is sound")
}
