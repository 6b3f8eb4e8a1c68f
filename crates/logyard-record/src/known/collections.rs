//! `collections`: OrderedDict, defaultdict, deque, Counter, ChainMap, UserDict, UserList and
//! UserString, as Python 3 and 2 send them.

use std::cmp::Ordering;

use logyard_pickle::{Class, Dict, Object, Value};

use crate::text::{Comma, Form, MAX_DIGITS, Printer, Step};

/// What an entry of a Counter costs, in bytes of text: sorting takes longer than writing.
const SORT_COST: usize = 16;

/// Attributes that are looked at.
const STATE_PAIRS: usize = 8;

/// `OrderedDict({'a': 1})`, as since 3.12. Python 2 sends its items as a list of lists.
pub(crate) fn print_ordered_dict<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    match object.arg(0) {
        None if object.pairs().len() == 0 => p.out.extend_from_slice(b"OrderedDict()"),
        None => p.then([
            Step::Text("OrderedDict({"),
            Step::Pairs(object.pairs(), Comma::No),
            Step::Text("})"),
        ]),
        Some(Value::List(items)) if items.is_empty() => p.out.extend_from_slice(b"OrderedDict()"),
        Some(Value::List(items)) => p.then([
            Step::Text("OrderedDict({"),
            Step::ItemPairs(items.iter(), Comma::No),
            Step::Text("})"),
        ]),
        Some(_) => return None,
    }
    Some(())
}

/// `defaultdict(<class 'int'>, {'a': 1})`
pub(crate) fn print_default_dict<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    p.then([
        Step::Text("defaultdict("),
        Step::Repr(object.arg(0).unwrap_or(Value::None)),
        Step::Text(", {"),
        Step::Pairs(object.pairs(), Comma::No),
        Step::Text("})"),
    ]);
    Some(())
}

/// A defaultdict inside itself: only the dict in it is cut short.
pub(crate) fn write_default_dict_again<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) {
    let factory = match object.arg(0) {
        // a factory that could lead back here again
        Some(Value::Object(_)) => Step::Text("..."),
        factory => Step::Repr(factory.unwrap_or(Value::None)),
    };
    p.then([Step::Text("defaultdict("), factory, Step::Text(", {...})")]);
}

/// `deque([1, 2], maxlen=3)`. Python 2 sends the items as an argument.
pub(crate) fn print_deque<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    let items = match object.arg(0) {
        Some(Value::List(items)) => items.iter(),
        Some(Value::Tuple(items)) if items.is_empty() => object.items(),
        None => object.items(),
        Some(_) => return None,
    };
    match object.arg(1) {
        None | Some(Value::None) => {
            p.then([Step::Text("deque(["), Step::Items(items, Comma::No), Step::Text("])")]);
        }
        Some(length @ (Value::Int(_) | Value::BigInt(_))) => p.then([
            Step::Text("deque(["),
            Step::Items(items, Comma::No),
            Step::Text("], maxlen="),
            Step::Repr(length),
            Step::Text(")"),
        ]),
        Some(_) => return None,
    }
    Some(())
}

/// `Counter({'a': 2, 'b': 1})`, the most common first (`Counter.most_common`), or in the dict's
/// order if the counts can't be compared.
pub(crate) fn print_counter<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    let counts = match object.arg(0) {
        Some(Value::Dict(counts)) => counts,
        None => return print_text("Counter()", p),
        Some(_) => return None,
    };
    if counts.is_empty() {
        return print_text("Counter()", p);
    }
    // one that will be cut short has to be sorted all the same
    p.spend(counts.len() * SORT_COST);
    let pairs = match comparison(counts) {
        Some(compare) => {
            let mut sorted: Vec<_> = counts.iter().collect();
            // stable: equal counts stay in the dict's order, as sorted(reverse=True) leaves them
            sorted.sort_by(|(_, a), (_, b)| compare(*b, *a));
            Step::Sorted(sorted.into_iter(), Comma::No)
        }
        None => Step::Pairs(counts.iter(), Comma::No),
    };
    p.then([Step::Text("Counter({"), pairs, Step::Text("})")]);
    Some(())
}

/// UserDict, UserList and UserString print as what they wrap.
pub(crate) fn print_user<'a>(
    class: Class<'a>,
    object: Object<'a>,
    form: Form,
    p: &mut Printer<'a, '_>,
) -> Option<()> {
    let data = attribute(object, b"data")?;
    match (class.name, data) {
        (b"UserDict", Value::Dict(_))
        | (b"UserList", Value::List(_))
        | (b"UserString", Value::Str(_)) => {}
        _ => return None,
    }
    p.then([match form {
        Form::Str => Step::Str(data),
        Form::Repr => Step::Repr(data),
    }]);
    Some(())
}

/// `ChainMap({'a': 1}, {})`
pub(crate) fn print_chain_map<'a>(object: Object<'a>, p: &mut Printer<'a, '_>) -> Option<()> {
    let Value::List(maps) = attribute(object, b"maps")? else { return None };
    p.then([Step::Text("ChainMap("), Step::Items(maps.iter(), Comma::No), Step::Text(")")]);
    Some(())
}

/// The one attribute that these classes have. More than a few are not looked through: a hostile
/// state may have a million, again and again.
fn attribute<'a>(object: Object<'a>, name: &[u8]) -> Option<Value<'a>> {
    let Value::Dict(state) = object.state()? else { return None };
    let mut pairs = state.iter().take(STATE_PAIRS);
    pairs.find(|(key, _)| matches!(key, Value::Str(key) if *key == name)).map(|(_, value)| value)
}

fn print_text(text: &'static str, p: &mut Printer<'_, '_>) -> Option<()> {
    p.out.extend_from_slice(text.as_bytes());
    Some(())
}

type Compare = fn(Value<'_>, Value<'_>) -> Ordering;

/// How to compare all the counts, if they are numbers. One way for all of them: ints with each
/// other by value but with floats as floats would be no order.
fn comparison(counts: Dict<'_>) -> Option<Compare> {
    let (mut float, mut long) = (false, false);
    for (_, count) in counts.iter() {
        match count {
            Value::Int(_) | Value::Bool(_) => {}
            Value::Float(x) if !x.is_nan() => float = true,
            // a longer one has no text, whatever its place
            Value::BigInt(bytes) if bytes.len() <= MAX_DIGITS => long = true,
            _ => return None,
        }
    }
    match (float, long) {
        (false, false) => Some(|a, b| as_int(a).cmp(&as_int(b))),
        (false, true) => Some(compare_ints),
        (true, false) => Some(|a, b| as_float(a).total_cmp(&as_float(b))),
        (true, true) => None,
    }
}

/// Compares ints of any size. Those that don't fit in 64 bits are beyond all that do.
fn compare_ints(a: Value<'_>, b: Value<'_>) -> Ordering {
    let is_negative = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let beyond = |bytes| if is_negative(bytes) { Ordering::Less } else { Ordering::Greater };
    match (a, b) {
        (Value::BigInt(a), Value::BigInt(b)) => match (is_negative(a), is_negative(b)) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // the lowest byte is the first; with equal signs two's complement is in order
            (false, false) => {
                a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
            }
            (true, true) => b.len().cmp(&a.len()).then_with(|| a.iter().rev().cmp(b.iter().rev())),
        },
        (Value::BigInt(a), _) => beyond(a),
        (_, Value::BigInt(b)) => beyond(b).reverse(),
        _ => as_int(a).cmp(&as_int(b)),
    }
}

fn as_int(value: Value<'_>) -> i64 {
    match value {
        Value::Int(n) => n,
        Value::Bool(truth) => i64::from(truth),
        _ => 0,
    }
}

fn as_float(value: Value<'_>) -> f64 {
    match value {
        Value::Float(x) => x + 0.0, // -0.0 equals 0.0
        other => as_int(other) as f64,
    }
}
