use logyard_format::Class;
use logyard_format::classes::django::DEFAULT_TIME_FORMAT;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{ask, datefmt, format, record};
use crate::check_class;
use crate::python::Ask;

#[test]
fn server_formatter() {
    let fields = ["server_time", "server_time", "status_code"];
    let fmt = option::weighted(0.9, format(&fields));
    let status = select(vec![
        "",
        "",
        "'status_code': 200, ",
        "'status_code': 404, ",
        "'status_code': 0, ",
        "'status_code': '200', ",
        "'status_code': '', ",
        "'status_code': 99.5, ",
        "'status_code': HTTPStatus.OK, ",
        "'status_code': [1], ",
        "'status_code': True, ",
    ]);
    let time = select(vec!["", "", "", "'server_time': '10/Oct', ", "'server_time': None, "]);
    let message = select(vec!["'msg': '\"%s\" %s', 'args': ('GET /', 200)", "'msg': 'hi'"]);
    let own = (status, time, message)
        .prop_map(|(status, time, message)| format!("{status}{time}{message}"));
    let asks = (fmt, datefmt(), record(own)).prop_map(|(fmt, datefmt, record)| {
        let (style, fmt) = fmt.map_or(('%', None), |(style, fmt)| (style, Some(fmt)));
        let (ask, keywords) = ask(style, fmt, datefmt);
        let make = Some(format!("module('django.utils.log').ServerFormatter({keywords})"));
        let default_time_format = DEFAULT_TIME_FORMAT.to_owned();
        Ask { make, class: Class::DjangoServer, default_time_format, record, ..ask }
    });
    check_class(&["django"], asks);
}
