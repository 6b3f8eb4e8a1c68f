use super::*;

fn value(text: &str, section: &str, key: &str) -> String {
    let (document, errors) = parse(text);
    assert_eq!(errors, []);
    let section = document.section(section).unwrap();
    document.get(section, key).unwrap().unwrap().as_str().to_owned()
}

#[test]
fn comments_and_empty_lines_in_values() {
    let text = "[a]\nX : one\n  two ; kept\n\n  # gone\n  three\n\ny=1\n";
    assert_eq!(value(text, "a", "x"), "one\ntwo ; kept\n\nthree");
    assert_eq!(value(text, "a", "y"), "1");
}

#[test]
fn references_and_defaults() {
    let text = "[DEFAULT]\ndir = /var/%(app)s\napp = x\n[a]\nfile = %(DIR)s/100%%\n";
    assert_eq!(value(text, "a", "file"), "/var/x/100%");
}

#[test]
fn a_header_ends_at_the_last_bracket() {
    assert_eq!(value("[a]b] trailing\r\nk=v\r\n", "a]b", "k"), "v");
}

#[test]
fn all_errors_are_found() {
    let text = "stray\n[a]\nx=1\nno delimiter\nx=2\n=3\n[a]\n";
    let kinds = parse(text).1.into_iter().map(|error| error.kind).collect::<Vec<_>>();
    assert_eq!(
        kinds,
        [
            ParseErrorKind::MissingSectionHeader,
            ParseErrorKind::NoDelimiter,
            ParseErrorKind::DuplicateOption { key: "x".to_owned(), first: 10..11 },
            ParseErrorKind::NoKey,
            ParseErrorKind::DuplicateSection { name: "a".to_owned(), first: 7..8 },
        ]
    );
}

#[test]
fn interpolation_is_bounded() {
    let mut text = "[a]\n".to_owned();
    for depth in 0..9 {
        text.push_str(&format!("k{depth} = {}\n", format!("%(k{})s", depth + 1).repeat(20)));
    }
    text.push_str("k9 = x\nloop = %(loop)s\nbad = 5%\nnone = %(nope)s\n");
    let (document, errors) = parse(&text);
    assert_eq!(errors, []);
    let section = document.section("a").unwrap();
    let kind = |key| document.get(section, key).unwrap_err().kind;
    assert_eq!(kind("k0"), InterpolationErrorKind::TooLong);
    assert_eq!(kind("loop"), InterpolationErrorKind::Depth);
    assert_eq!(kind("bad"), InterpolationErrorKind::Syntax);
    assert_eq!(kind("none"), InterpolationErrorKind::Missing { name: "nope".to_owned() });
}
