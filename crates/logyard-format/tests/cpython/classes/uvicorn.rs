use logyard_format::Class;
use logyard_format::classes::uvicorn::Options;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{ask, datefmt, format, record};
use crate::check_class;
use crate::python::Ask;
use crate::strategies::value;

fn formatter(
    class: &'static str,
    names: &[&'static str],
    record: impl Strategy<Value = String>,
    stock: bool,
) -> impl Strategy<Value = Ask> {
    let fmt = option::weighted(0.9, format(names));
    (fmt, datefmt(), option::of(any::<bool>()), record).prop_map(
        move |(fmt, datefmt, use_colors, record)| {
            let (style, fmt) = fmt.map_or(('%', None), |(style, fmt)| (style, Some(fmt)));
            let (ask, keywords) = ask(style, fmt, datefmt);
            let colours = match use_colors {
                None => "",
                Some(true) => "use_colors=True",
                Some(false) => "use_colors=False",
            };
            let make = format!("module('uvicorn.logging').{class}({keywords}{colours})");
            let access = class == "AccessFormatter";
            let class = Class::Uvicorn(Options { access, use_colors });
            Ask { make: Some(make), class, record, stock, ..ask }
        },
    )
}

const FIELDS: [&str; 5] =
    ["levelprefix", "client_addr", "request_line", "status_code", "color_message"];

#[test]
fn default_formatter() {
    let colour = prop_oneof![
        2 => Just(String::new()),
        2 => Just("'color_message': 'c\\x1b[1m%s\\x1b[0m', ".to_owned()),
        1 => value().prop_map(|value| format!("'color_message': {value}, ")),
    ];
    let own = (colour, option::of(value()), any::<bool>()).prop_map(|(colour, prefix, args)| {
        let prefix = prefix.map_or(String::new(), |value| format!("'levelprefix': {value}, "));
        let message =
            if args { "'msg': 'on %s', 'args': (8000,)" } else { "'msg': 'on', 'args': None" };
        format!("{colour}{prefix}{message}")
    });

    check_class(&["uvicorn"], formatter("DefaultFormatter", &FIELDS[..1], record(own), false));
}

fn status() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (100..600).prop_map(|status: i32| status.to_string()),
        2 => select(vec!["200", "404", "413", "500", "304", "101", "HTTPStatus.OK"]).prop_map(str::to_owned),
        1 => (-1000..10_000).prop_map(|status: i32| status.to_string()),
    ]
}

fn path() -> impl Strategy<Value = &'static str> {
    select(vec!["/", "/a/b", "/a?b=1&c=2", "/%20", "/?q=\"x\"", "*", "/a/%22?x=HTTP/1.1"])
}

fn request() -> impl Strategy<Value = String> {
    let address = select(vec!["127.0.0.1:5000", "", "::1:80", "é"]);
    let method = select(vec!["GET", "POST", "X-ODD"]);
    let version = select(vec!["1.1", "1.0", "2", "3"]);
    (address, method, path(), version, status()).prop_map(
        |(address, method, path, version, status)| {
            format!(
                "'msg': '%s - \"%s %s HTTP/%s\" %d', \
                 'args': ('{address}', '{method}', '{path}', '{version}', {status})"
            )
        },
    )
}

/// The five values of uvicorn, and anything else in their place.
fn odd_request() -> impl Strategy<Value = String> {
    let status = prop_oneof![
        3 => status(),
        1 => value(),
        1 => select(vec!["'200'", "' 7 '", "'x'", "200.9", "1e400", "None", "b'204'"]).prop_map(str::to_owned),
    ];
    let args = (proptest::collection::vec(value(), 4), status, 0..12).prop_map(
        |(values, status, kind)| {
            let five = format!("{}, {status}", values.join(", "));
            match kind {
                0 => format!("({}, )", values.join(", ")),
                1 => format!("[{five}]"),
                2 => format!("({five}, 6)"),
                _ => format!("({five})"),
            }
        },
    );
    args.prop_map(|args| format!("'msg': '%s - \"%s %s HTTP/%s\" %s', 'args': {args}"))
}

#[test]
fn access_formatter() {
    let requests = prop_oneof![request(), odd_request()];
    check_class(&["uvicorn"], formatter("AccessFormatter", &FIELDS, record(requests), false));
}

/// Without `args`, as from a stock SocketHandler, the text is that of the package with them. (But `msg`
/// and `args` themselves are others then.)
#[test]
fn access_formatter_from_a_stock_handler() {
    let asks = formatter("AccessFormatter", &FIELDS[..4], record(request()), true);
    let asks = asks.prop_filter("what differs on the wire", |ask| {
        let names = |part| ask.fmt.as_ref().is_some_and(|fmt| fmt.contains(part));
        !(names("args") || names("msg") || names("%s") || names("(client_addr)r"))
    });
    check_class(&["uvicorn"], asks);
}
