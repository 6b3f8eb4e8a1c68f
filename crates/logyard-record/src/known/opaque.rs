//! Objects of classes that are not known.
//!
//! They print as `<myapp.models.Colour object (1)>` or `<myapp.models.User object {'id': 7}>`: the
//! class, then what the pickle has of the object: the arguments of the call that makes it, its
//! state, its items. After 1 KiB that is cut short with `...`. `str` and `repr` are the same, as
//! they are for a Python class that defines neither.
//!
//! An instance of a subclass of a built-in type prints as that type does: it is what Python prints
//! unless the subclass says otherwise, which the pickle doesn't show.

use logyard_pickle::{Class, Object, Value};

use crate::text::{Comma, Form, Printer, Step};

pub(crate) fn print<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) {
    p.out.push(b'<');
    // the first is the last to be written
    p.then([Step::Text(">")]);
    p.start_clip();
    if object.pairs().len() > 0 {
        p.then([Step::Text(" {"), Step::Pairs(object.pairs(), Comma::No), Step::Text("}")]);
    }
    if object.items().len() > 0 {
        p.then([Step::Text(" ["), Step::Items(object.items(), Comma::No), Step::Text("]")]);
    }
    if let Some(state) = object.state() {
        p.then([Step::Text(" "), Step::Repr(state)]);
    }
    if let Some(kwargs) = object.kwargs() {
        p.then([Step::Text(" ("), Step::Fields(kwargs.iter(), Comma::No), Step::Text(")")]);
    }
    if object.args_len() > 0 {
        p.then([Step::Text(" ("), Step::Items(object.args().iter(), Comma::No), Step::Text(")")]);
    }
    p.then([Step::Text(" object")]);
    match object.class() {
        Some(class) => write_full_name(class, p),
        None => p.then([Step::Repr(object.callable())]),
    }
}

/// What stands for an object inside itself.
pub(crate) fn write_again(class: Class<'_>, p: &mut Printer<'_, '_>) {
    p.out.push(b'<');
    write_full_name(class, p);
    p.out.extend_from_slice(b" object ...>");
}

fn write_full_name(class: Class<'_>, p: &mut Printer<'_, '_>) {
    p.text(class.module);
    p.text(b".");
    p.text(class.name);
}

/// An instance of a subclass of a built-in type.
pub(crate) fn print_subclass<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    if let Some(base) = object.base() {
        let value = object.arg(0)?;
        return match (base.module, base.name, value) {
            (b"builtins", b"tuple", Value::Tuple(items)) => {
                // mostly a namedtuple, whose field names the pickle doesn't have
                p.class_name(object.class()?);
                p.then([Step::Text("("), Step::Items(items.iter(), Comma::No), Step::Text(")")]);
                Some(())
            }
            (b"builtins", _, _) => {
                p.then([match form {
                    Form::Str => Step::Str(value),
                    Form::Repr => Step::Repr(value),
                }]);
                Some(())
            }
            _ => None,
        };
    }
    if object.args_len() > 0 || object.kwargs().is_some() || object.state().is_some() {
        return None;
    }
    match (object.items().len(), object.pairs().len()) {
        (1.., 0) => {
            p.then([Step::Text("["), Step::Items(object.items(), Comma::No), Step::Text("]")]);
            Some(())
        }
        (0, 1..) => {
            p.then([Step::Text("{"), Step::Pairs(object.pairs(), Comma::No), Step::Text("}")]);
            Some(())
        }
        _ => None,
    }
}

/// A subclass of str whose only argument is the text.
pub(crate) fn print_text_subclass<'a>(
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let (text @ Value::Str(_), 1) = (object.arg(0)?, object.args_len()) else { return None };
    p.then([match form {
        Form::Str => Step::Str(text),
        Form::Repr => Step::Repr(text),
    }]);
    Some(())
}
