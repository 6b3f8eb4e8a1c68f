use logyard_format::Class;
use logyard_format::classes::colorlog::{Colours, Options, When};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{ask, datefmt, format, record};
use crate::check_class;
use crate::python::Ask;
use crate::strategies::quoted;

const LEVELS: [&str; 6] = ["INFO", "DEBUG", "WARNING", "ERROR", "TRACE", "DEFAULT"];

fn colour() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        12 => select(vec![
            "red", "bold", "bold_red", "bg_white", "fg_bold_green", "thin_cyan", "light_blue",
            "bold_light_purple", "bg_light_yellow", "bg_bold_black", "fg_0", "bg_255", "fg_17",
            "reset", "thin", "fg_thin_light_white", "red,bg_white", ",,bold,,blue,", "",
        ]),
        1 => select(vec!["pink", "fg_256", "bg_thin_red", "fg_007", "bg_bold_light_red", "red ", "bg_bold", "fg_"]),
    ]
}

fn colours() -> impl Strategy<Value = Colours> {
    let pairs = vec((select(LEVELS.to_vec()), colour()), 0..4);
    pairs.prop_map(|pairs| {
        let mut colours = Colours::new();
        for (level, colour) in pairs {
            if !colours.iter().any(|(known, _)| known == level) {
                colours.push((level.to_owned(), colour.to_owned()));
            }
        }
        colours
    })
}

fn python(colours: &Colours) -> String {
    let pairs = colours.iter().map(|(level, colour)| format!("'{level}': '{colour}', "));
    format!("{{{}}}", pairs.collect::<String>())
}

fn options() -> impl Strategy<Value = (Options, String)> {
    let secondary = select(vec![vec![], vec!["message"], vec!["message", "a"], vec![""]]);
    (option::of(colours()), secondary, vec(colours(), 2), any::<bool>(), 0..4).prop_map(
        |(log_colors, names, colours, no_reset, when)| {
            let mut keywords = String::new();
            if let Some(colours) = &log_colors {
                keywords += &format!("log_colors={}, ", python(colours));
            }
            let pairs = names.iter().map(|name| (*name).to_owned()).zip(colours);
            let secondary_log_colors: Vec<_> = pairs.collect();
            let pairs = secondary_log_colors.iter();
            let pairs = pairs.map(|(name, colours)| format!("'{name}': {}, ", python(colours)));
            keywords += &format!("secondary_log_colors={{{}}}, ", pairs.collect::<String>());
            keywords += if no_reset { "reset=False, " } else { "" };
            let (when, keyword) = match when {
                0 => (When::Never, "no_color=True"),
                1 => (When::Always, "no_color=True, force_color=True"),
                2 => (When::Never, "stream=module('io').StringIO()"),
                _ => (When::Always, ""),
            };
            let options =
                Options { log_colors, secondary_log_colors, no_reset, when, levels: None };
            (options, keywords + keyword)
        },
    )
}

const FIELDS: [&str; 14] = [
    "log_color",
    "log_color",
    "message_log_color",
    "reset",
    "red",
    "bold",
    "bg_bold_blue",
    "fg_200",
    "thin_light_cyan",
    "bg_light_red",
    "fg_bold_purple",
    "bg_7",
    "_log_color",
    "bg_black",
];

fn own() -> impl Strategy<Value = String> {
    let own = vec!["", "'red': 'mine', ", "'log_color': 'mine', ", "'reset': 5, "];
    let message = vec!["'msg': 'hi'", "'msg': 'hi %s', 'args': (1,)", "'msg': 'end\\x1b[0m'"];
    (select(own), select(message)).prop_map(|(own, message)| format!("{own}{message}"))
}

#[test]
fn colored_formatter() {
    let fmt = option::weighted(0.9, format(&FIELDS));
    let class = select(vec![
        "module('colorlog').ColoredFormatter",
        "module('colorlog.formatter').ColoredFormatter",
        "module('colorlog').TTYColoredFormatter",
    ]);
    let asks = (fmt, datefmt(), options(), record(own()), class).prop_map(
        |(fmt, datefmt, (options, own), record, class)| {
            let (style, fmt) = fmt.map_or(('%', None), |(style, fmt)| (style, Some(fmt)));
            let (ask, keywords) = ask(style, fmt, datefmt);
            let make = Some(format!("{class}({keywords}{own})"));
            Ask { make, class: Class::Colorlog(Box::new(options)), record, ..ask }
        },
    );
    check_class(&["colorlog"], asks);
}

#[test]
fn level_formatter() {
    let formats = vec((select(LEVELS.to_vec()), option::weighted(0.9, format(&FIELDS))), 0..4);
    let style = select(vec!['%', '{', '$']);
    let asks = (formats, style, datefmt(), options(), record(own())).prop_map(
        |(formats, style, datefmt, (mut options, own), record)| {
            let mut levels: Vec<(String, Option<String>)> = Vec::new();
            for (level, fmt) in formats {
                let fmt = fmt.filter(|(of, _)| *of == style).map(|(_, fmt)| fmt);
                if !levels.iter().any(|(known, _)| known == level) {
                    levels.push((level.to_owned(), fmt));
                }
            }
            let (ask, keywords) = ask(style, None, datefmt);
            let formats = levels.iter().map(|(level, fmt)| {
                let fmt = fmt.as_deref().map_or("None".to_owned(), quoted);
                format!("'{level}': {fmt}, ")
            });
            let formats = formats.collect::<String>();
            let make = format!("module('colorlog').LevelFormatter({{{formats}}}, {keywords}{own})");
            options.levels = Some(levels);
            Ask { make: Some(make), class: Class::Colorlog(Box::new(options)), record, ..ask }
        },
    );
    check_class(&["colorlog"], asks);
}
