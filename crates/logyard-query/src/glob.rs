/// A text with stars, each of which stands for any text, also none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    /// What stands between the stars: at least one part.
    parts: Vec<Vec<u8>>,
}

impl Glob {
    pub(crate) fn new(text: &str) -> Glob {
        Glob { parts: text.split('*').map(|part| part.as_bytes().to_vec()).collect() }
    }

    /// The text, if there is no star in it.
    pub(crate) fn exact(&self) -> Option<&[u8]> {
        match self.parts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.exact() == Some(text);
        };
        let Some(rest) = text.strip_prefix(first.as_slice()) else { return false };
        let Some(mut rest) = rest.strip_suffix(last.as_slice()) else { return false };
        // the earliest place leaves the most for the parts behind
        middle.iter().all(|part| {
            let at = if part.is_empty() {
                Some(0)
            } else {
                rest.windows(part.len()).position(|window| window == part)
            };
            rest = at.and_then(|at| rest.get(at + part.len()..)).unwrap_or_default();
            at.is_some()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (glob, text, expected) in [
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*c", "abc", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "", true),
            ("**x**", "axb", true),
            ("abc", "abc", true),
            ("abc", "abcd", false),
        ] {
            assert_eq!(Glob::new(glob).matches(text.as_bytes()), expected, "{glob} {text}");
        }
    }
}
