//! Classes, functions, ranges and slices, and what else lives among Python's built-ins.

use logyard_pickle::{Class, Object, Value};

use super::{NAME_LIMIT, short_name, text_of};
use crate::text::{Comma, Form, Printer, Step};

/// Writes a class's `repr`. What the pickle only names may be a function as well; outside of
/// `builtins` nothing tells them apart, and it is taken for a class.
pub(crate) fn write_class(class: Class<'_>, p: &mut Printer<'_, '_>) {
    if class.module == b"builtins" && is_function(class.name) {
        p.text(b"<built-in function ");
        p.text(class.name);
        p.text(b">");
        return;
    }
    p.text(b"<class '");
    if class.module != b"builtins" {
        p.text(class.module);
        p.text(b".");
    }
    p.text(class.name);
    p.text(b"'>");
}

/// The functions of module `builtins`.
fn is_function(name: &[u8]) -> bool {
    matches!(
        name,
        b"abs"
            | b"aiter"
            | b"all"
            | b"anext"
            | b"any"
            | b"ascii"
            | b"bin"
            | b"breakpoint"
            | b"callable"
            | b"chr"
            | b"compile"
            | b"delattr"
            | b"dir"
            | b"divmod"
            | b"eval"
            | b"exec"
            | b"format"
            | b"getattr"
            | b"globals"
            | b"hasattr"
            | b"hash"
            | b"hex"
            | b"id"
            | b"input"
            | b"isinstance"
            | b"issubclass"
            | b"iter"
            | b"len"
            | b"locals"
            | b"max"
            | b"min"
            | b"next"
            | b"oct"
            | b"open"
            | b"ord"
            | b"pow"
            | b"print"
            | b"repr"
            | b"round"
            | b"setattr"
            | b"sorted"
            | b"sum"
            | b"vars"
            | b"__build_class__"
            | b"__import__"
    )
}

/// `range(0, 3)`, `slice(1, 2, None)`.
pub(crate) fn print_call<'a>(
    class: Class<'a>,
    object: Object<'a>,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let args = object.args();
    let mut rest = args.iter();
    let (first, second, third) = (rest.next()?, rest.next()?, rest.next()?);
    p.class_name(class);
    // range leaves out a step of 1
    if class.name == b"range" && matches!(third, Value::Int(1)) {
        p.then([
            Step::Text("("),
            Step::Repr(first),
            Step::Text(", "),
            Step::Repr(second),
            Step::Text(")"),
        ]);
    } else {
        p.then([Step::Text("("), Step::Items(args.iter(), Comma::No), Step::Text(")")]);
    }
    Some(())
}

/// `type(None)` and its like, which is how their classes pickle.
pub(crate) fn print_type_of_singleton(object: Object<'_>, p: &mut Printer<'_, '_>) -> Option<()> {
    let name = match object.arg(0)? {
        Value::None => "NoneType",
        Value::Ellipsis => "ellipsis",
        Value::NotImplemented => "NotImplementedType",
        _ => return None,
    };
    p.then([Step::Text("<class '"), Step::Text(name), Step::Text("'>")]);
    Some(())
}

/// `getattr(Color, 'RED')`: how members of some Enums pickle.
pub(crate) fn print_attribute<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let (Value::Class(class), name) = (object.arg(0)?, text_of(object.arg(1)?)?) else {
        return None;
    };
    if class.name.len() > NAME_LIMIT {
        return None;
    }
    let member = [Step::Bytes(short_name(class)), Step::Text("."), Step::Bytes(name)];
    match form {
        Form::Str => p.then(member),
        Form::Repr => {
            p.out.push(b'<');
            p.then([Step::Text(">")]);
            p.then(member);
        }
    }
    Some(())
}

/// `namespace(a=1)`
pub(crate) fn print_namespace<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    p.out.extend_from_slice(b"namespace(");
    match object.state() {
        Some(Value::Dict(dict)) => {
            p.then([Step::Fields(dict.iter(), Comma::No), Step::Text(")")]);
        }
        None => p.out.push(b')'),
        Some(_) => return None,
    }
    Some(())
}
