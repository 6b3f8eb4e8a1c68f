use crate::testing::{options, source};
use crate::{Source, load, render_all};

fn told(text: &str) -> String {
    let source = source(text);
    let (_, diagnostics) = load(&source, &options());
    render_all(&diagnostics, &source, false)
}

/// A file with one handler for each `args`, all `class`.
fn with_handlers(class: &str, args: &[&str]) -> String {
    let names = (0..args.len()).map(|n| format!("h{n}")).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "[loggers]\nkeys = root\n[formatters]\nkeys =\n[handlers]\nkeys = {names}\n[logger_root]\nhandlers = {names}\n"
    );
    for (n, args) in args.iter().enumerate() {
        text.push_str(&format!("[handler_h{n}]\nclass = {class}\nargs = {args}\n"));
    }
    text
}

#[test]
fn files_that_cannot_be_opened() {
    insta::assert_snapshot!(told(&with_handlers(
        "handlers.TimedRotatingFileHandler",
        &[
            "('logs',)",
            "('log/x.log',)",
            "('log/same-folder.log',)",
            "('var/log/x.log',)",
            "('var/later/x.log', 'H', 1, 0, None, True)",
            "('file/x.log',)",
            "('/ro/new.log',)",
            "('/ro/full.log',)",
            "('/ro/sub/x.log',)",
            "('/secret/x.log',)",
            "('~/x.log',)",
            "('/tmp/good.log',)",
            "('/half/old.log',)",
        ],
    )));
}

#[test]
fn a_file_that_must_not_be_there() {
    insta::assert_snapshot!(told(&with_handlers("FileHandler", &["('file', 'x')"])));
}

#[test]
fn values_that_are_too_large() {
    let text =
        with_handlers("FileHandler", &["('%(a)s',)", "('x' * 10 ** 9,)", "((((('x',),),),),)"]);
    let text = text.replace("[loggers]", "[DEFAULT]\na = %(b)s%(b)s%(b)s%(b)s\nb = x\n[loggers]");
    let deep = format!("args = {}1{}", "(".repeat(70), ")".repeat(70));
    let text = text.replace("args = ((((('x',),),),),)", &deep);
    insta::assert_snapshot!(told(&text));
}

#[test]
fn defaults_of_a_formatter() {
    let file = |defaults: &str| {
        let file = with_handlers("StreamHandler", &["()"]);
        let listed = file.replace("keys =\n", "keys = f\n");
        told(&format!(
            "{listed}formatter = f\n[formatter_f]\nformat = %(a)s\ndefaults = {defaults}\n"
        ))
    };
    let all = [
        "'text'",
        "{1: 'one'}",
        "{'a': sys.stdout}",
        "{'a': 1, 'b': None, 'c': 1.5, 'd': True}",
        "None",
    ];
    insta::assert_snapshot!(all.map(file).join("\n"));
}

#[test]
fn a_file_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let told = |name: &str| {
        let error = Source::read(name.as_ref(), folder.path()).unwrap_err();
        error.render(&source(""), false)
    };
    std::fs::write(folder.path().join("large.ini"), vec![b'#'; (1 << 20) + 1]).unwrap();
    std::fs::write(folder.path().join("good.ini"), "[loggers]").unwrap();
    assert_eq!(Source::read("good.ini".as_ref(), folder.path()).unwrap().text, "[loggers]");
    insta::assert_snapshot!([told("none.ini"), told("."), told("large.ini")].join("\n"));
}

#[test]
fn two_handlers_on_one_file() {
    insta::assert_snapshot!(told(&with_handlers(
        "handlers.RotatingFileHandler",
        &["('/tmp/a.log', 'a', 1000, 3)", "('/tmp/../tmp/a.log', 'a', 1000, 3)"],
    )));
}

#[test]
fn bytes_that_are_no_text() {
    let bytes = b"[loggers]\nkeys = r\xf6\xf6t\n".to_vec();
    let error = Source::from_bytes("logging.ini".into(), "/x".into(), bytes).unwrap_err();
    insta::assert_snapshot!(error.render(&source(""), false));
}

#[test]
fn an_empty_file_and_one_of_comments() {
    insta::assert_snapshot!([told(""), told("# nothing\n")].join("\n"));
}

#[test]
fn a_format_that_the_formatter_refuses() {
    let source = source(
        "[loggers]\nkeys = root\n[handlers]\nkeys = h\n[formatters]\nkeys = f\n[logger_root]\nhandlers = h\n\
         [handler_h]\nclass = StreamHandler\nformatter = f\n[formatter_f]\nformat = %(message)s\n  %(bad\n",
    );
    let refuse = |formatter: &crate::FormatterPlan, _: logyard_compat::Compat| {
        let at = formatter.fmt.as_deref().and_then(|fmt| fmt.find("%(bad")).unwrap();
        let message = "incomplete format key".to_owned();
        let severity = crate::Severity::Error;
        Err(crate::FormatProblem { severity, in_datefmt: false, range: at..at + 5, message })
    };
    let options = crate::Options { check_format: &refuse, ..options() };
    let (plan, diagnostics) = load(&source, &options);
    assert!(plan.is_none());
    insta::assert_snapshot!(render_all(&diagnostics, &source, false));
}

#[test]
fn colours_are_escapes_around_the_same_text() {
    let source = source("[loggers]\nkeys = app\n");
    let (_, diagnostics) = load(&source, &options());
    let coloured = render_all(&diagnostics, &source, true);
    assert!(coloured.contains("\x1b["));
    let mut plain = String::new();
    for part in coloured.split('\x1b') {
        plain
            .push_str(part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |p| p.1));
    }
    assert_eq!(plain, render_all(&diagnostics, &source, false));
}

#[test]
fn five_hundred_loggers() {
    let args = (0..100).map(|n| format!("('/tmp/{n}.log', 'a', 1000, 3)")).collect::<Vec<_>>();
    let args = args.iter().map(String::as_str).collect::<Vec<_>>();
    let mut text = with_handlers("handlers.RotatingFileHandler", &args);
    let names = (0..500).map(|n| format!("l{n}")).collect::<Vec<_>>().join(", ");
    text = text.replace("keys = root\n", &format!("keys = root, {names}\n"));
    for n in 0..500 {
        let handler = n % 100;
        text.push_str(&format!("[logger_l{n}]\nqualname = a.b{n}.c\nhandlers = h{handler}\n"));
    }
    let source = source(&text);
    let (plan, _) = load(&source, &options());
    assert_eq!(plan.unwrap().loggers.len(), 500);
}

#[test]
fn a_log_file_given_by_mistake_is_told_so_in_a_hundred_problems() {
    let line = "[2026-11-22 20:00:00] INFO root: a line\nand = one\nmore\n";
    let source = source(&line.repeat(10_000));
    let (plan, diagnostics) = load(&source, &options());
    let text = render_all(&diagnostics, &source, false);
    assert!(plan.is_none());
    assert_eq!(diagnostics.len(), 101);
    assert!(text.contains("more problems are not shown"), "{text}");
}

#[test]
fn links_that_lead_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
    };
    link("nowhere/y.log", "lost.log");
    link("y.log", "well.log");
    link("loop.log", "loop.log");
    let first = |args: &str| {
        let source = source(&with_handlers("FileHandler", &[args]));
        let cwd = folder.path().canonicalize().unwrap();
        let options = crate::Options { files: &crate::Disk, cwd, ..options() };
        let (_, mut diagnostics) = load(&source, &options);
        (!diagnostics.is_empty()).then(|| diagnostics.remove(0)).map(|d| (d.id, d.severity, d.help))
    };
    let (id, severity, _) = first("('lost.log',)").unwrap();
    assert_eq!((id, severity), ("missing-directory", crate::Severity::Error));
    assert_eq!(first("('well.log',)"), None);
    assert_eq!(first("('well.log', 'x')").unwrap().0, "file-exists");
    assert!(first("('loop.log',)").unwrap().2[0].contains("leads back to itself"));
    let long = format!("('{}',)", "x".repeat(300));
    assert!(first(&long).unwrap().2[0].contains("255 bytes"));
}

#[test]
fn a_folder_is_told_of_again_only_if_it_is_worse() {
    let text =
        with_handlers("FileHandler", &["('a/b/x', 'a', None, 1)", "('a/b/y',)", "('a/b/z',)"]);
    let (plan, diagnostics) = load(&source(&text), &options());
    assert!(plan.is_none());
    assert_eq!(diagnostics.len(), 2, "{diagnostics:?}");
}
