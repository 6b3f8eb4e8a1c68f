//! python-json-logger's formatters.

use logyard_format::classes::python_json_logger::{
    Default as JsonDefault, Encoder, Options, Release,
};
use logyard_format::{Class, Plain};

use super::Written;
use super::logging::plain_dict;
use crate::construct::{Bound, Given, Signature};
use crate::diagnostic::Diagnostic;
use crate::expr::{Kind, Object, Value};
use crate::plan::FormatterPlan;
use crate::problems::{Problems, Reported};

pub(super) const JSON: Signature = Signature {
    name: "JsonFormatter",
    parameters: &[
        "fmt",
        "datefmt",
        "style",
        "validate",
        "prefix",
        "rename_fields",
        "rename_fields_keep_missing",
        "static_fields",
        "reserved_attrs",
        "timestamp",
        "defaults",
        "exc_info_as_array",
        "stack_info_as_array",
        "json_default",
        "json_encoder",
        "json_serializer",
        "json_indent",
        "json_ensure_ascii",
    ],
    required: 0,
};

pub(super) const JSON_2: Signature = Signature {
    name: "JsonFormatter of python-json-logger 2",
    parameters: &[
        "fmt",
        "datefmt",
        "style",
        "validate",
        "prefix",
        "rename_fields",
        "static_fields",
        "reserved_attrs",
        "timestamp",
        "defaults",
        "json_default",
        "json_encoder",
        "json_serializer",
        "json_indent",
        "json_ensure_ascii",
    ],
    required: 0,
};

pub(super) const ORJSON: Signature = Signature {
    name: "OrjsonFormatter",
    parameters: &[
        "fmt",
        "datefmt",
        "style",
        "validate",
        "prefix",
        "rename_fields",
        "rename_fields_keep_missing",
        "static_fields",
        "reserved_attrs",
        "timestamp",
        "defaults",
        "exc_info_as_array",
        "stack_info_as_array",
        "json_default",
        "json_indent",
    ],
    required: 0,
};

pub(super) const MSGSPEC: Signature = Signature {
    name: "MsgspecFormatter",
    parameters: &[
        "fmt",
        "datefmt",
        "style",
        "validate",
        "prefix",
        "rename_fields",
        "rename_fields_keep_missing",
        "static_fields",
        "reserved_attrs",
        "timestamp",
        "defaults",
        "exc_info_as_array",
        "stack_info_as_array",
        "json_default",
    ],
    required: 0,
};

/// Which of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonClass {
    Json,
    /// That of 2.0.7.
    Json2,
    Orjson,
    Msgspec,
}

impl JsonClass {
    pub(super) fn signature(self) -> Signature {
        match self {
            JsonClass::Json => JSON,
            JsonClass::Json2 => JSON_2,
            JsonClass::Orjson => ORJSON,
            JsonClass::Msgspec => MSGSPEC,
        }
    }
}

impl Problems<'_> {
    /// `BaseJsonFormatter.__init__`, and those of its subclasses.
    pub(super) fn python_json_logger(
        &mut self,
        class: JsonClass,
        formatter: &mut FormatterPlan,
        bound: &Bound,
        written: &Written,
    ) -> Result<(), Reported> {
        let fields = self.json_fields(class, bound, written)?;
        match &fields {
            // Without a format to fill in, its style means nothing.
            Some(_) => {
                let rest = bound.without("fmt").without("style");
                self.logging_formatter(formatter, &rest, written)?;
            }
            None => self.logging_formatter(formatter, bound, written)?,
        }
        let truth = |name: &str| bound.get(name).is_some_and(|given| given.value.truth());
        let prefix = match bound.get("prefix").map(|given| (given, given.value.as_str())) {
            None => String::new(),
            Some((_, Some(prefix))) => prefix.to_owned(),
            Some((given, None)) => {
                let what = format!("`prefix` must be a str, not {}", given.value.a_type());
                return Err(self.bad(given, what, "put it in quotes"));
            }
        };
        let timestamp = bound.get("timestamp").filter(|given| given.value.truth());
        let options = Options {
            release: match class {
                JsonClass::Json2 => Release::Two,
                _ => Release::Four,
            },
            default: self.json_default(class, bound)?,
            encoder: match class {
                JsonClass::Json | JsonClass::Json2 => Encoder::Json {
                    indent: self.json_indent(bound)?,
                    ensure_ascii: bound.get("json_ensure_ascii").is_none()
                        || truth("json_ensure_ascii"),
                },
                JsonClass::Orjson => Encoder::Orjson { indent: truth("json_indent") },
                JsonClass::Msgspec => Encoder::Msgspec,
            },
            fields,
            prefix,
            rename_fields: self.rename_fields(bound, written)?,
            rename_fields_keep_missing: truth("rename_fields_keep_missing"),
            static_fields: self.static_fields(bound, written)?,
            reserved_attrs: match bound.get("reserved_attrs") {
                Some(given) if given.value.kind != Kind::None => {
                    Some(self.names(given, "reserved_attrs", written)?)
                }
                _ => None,
            },
            timestamp: timestamp
                .map(|given| given.value.as_str().unwrap_or("timestamp").to_owned()),
            stack_info_as_array: truth("stack_info_as_array"),
        };
        formatter.class = Class::PythonJsonLogger(Box::new(options));
        Ok(())
    }

    /// The fields that `fmt` lists, if it is a list or the style is `,`.
    fn json_fields(
        &mut self,
        class: JsonClass,
        bound: &Bound,
        written: &Written,
    ) -> Result<Option<Vec<String>>, Reported> {
        if class == JsonClass::Json2 {
            return Ok(None);
        }
        let fmt = bound.get("fmt");
        if let Some(given) = fmt
            && let Kind::List(_) | Kind::Tuple(_) = given.value.kind
        {
            return self.names(given, "fmt", written).map(Some);
        }
        let style = bound.get("style").and_then(|given| given.value.as_str());
        let text = fmt.and_then(|given| given.value.as_str());
        if style != Some(",") || fmt.is_some_and(|given| given.value.truth()) && text.is_none() {
            return Ok(None);
        }
        let names = text.unwrap_or_default().split(',').map(str::trim);
        Ok(Some(names.filter(|name| !name.is_empty()).map(str::to_owned).collect()))
    }

    /// A list of names.
    fn names(
        &mut self,
        given: &Given,
        parameter: &str,
        written: &Written,
    ) -> Result<Vec<String>, Reported> {
        let (Kind::List(items) | Kind::Tuple(items)) = &given.value.kind else {
            let what =
                format!("`{parameter}` must be a list of names, not {}", given.value.a_type());
            return Err(self.bad(given, what, "write it as [\"name\", \"other\"]"));
        };
        let mut names = Vec::new();
        for item in items {
            let Some(name) = item.as_str() else {
                let what = format!("`{parameter}` must hold names, and here is {}", item.a_type());
                return Err(self.bad_part(item, what, "put it in quotes", written));
            };
            names.push(name.to_owned());
        }
        Ok(names)
    }

    fn rename_fields(
        &mut self,
        bound: &Bound,
        written: &Written,
    ) -> Result<Vec<(String, String)>, Reported> {
        let Some(given) = bound.known("rename_fields")? else { return Ok(Vec::new()) };
        let pairs = match &given.value.kind {
            Kind::None => return Ok(Vec::new()),
            Kind::Dict(pairs) => pairs,
            _ => {
                let what = format!("`rename_fields` must be a dict, not {}", given.value.a_type());
                return Err(self.bad(given, what, "write it as {\"levelname\": \"level\"}"));
            }
        };
        let mut names = Vec::new();
        for (old, new) in pairs {
            match (old.as_str(), new.as_str()) {
                (Some(old), Some(text)) => {
                    self.refuse_reference(new, written)?;
                    names.push((old.to_owned(), text.to_owned()));
                }
                (old_name, _) => {
                    let odd = if old_name.is_none() { old } else { new };
                    let what =
                        format!("`rename_fields` must hold names, and here is {}", odd.a_type());
                    return Err(self.bad_part(odd, what, "put it in quotes", written));
                }
            }
        }
        Ok(names)
    }

    fn static_fields(
        &mut self,
        bound: &Bound,
        written: &Written,
    ) -> Result<Vec<(String, Plain)>, Reported> {
        let Some(given) = bound.known("static_fields")? else { return Ok(Vec::new()) };
        if let Kind::Dict(pairs) = &given.value.kind {
            for (_, value) in pairs {
                self.refuse_reference(value, written)?;
            }
        }
        plain_dict("static_fields", &given.value, written).map_err(|problem| {
            self.report(problem.help("write the names with their values"));
            Reported
        })
    }

    /// python-json-logger follows references in these dicts; the reader of the file does not.
    fn refuse_reference(&mut self, value: &Value, written: &Written) -> Result<(), Reported> {
        match value.as_str() {
            Some(text) if text.starts_with("ext://") || text.starts_with("cfg://") => {
                let what = format!("`{text}` can't be followed here");
                Err(self.bad_part(value, what, "write the value itself", written))
            }
            _ => Ok(()),
        }
    }

    /// `json_indent` as text.
    fn json_indent(&mut self, bound: &Bound) -> Result<Option<String>, Reported> {
        /// More is no indentation any more, and each line would have it.
        const WIDEST: i64 = 100;
        let Some(given) = bound.known("json_indent")? else { return Ok(None) };
        match (&given.value.kind, given.value.as_int()) {
            (Kind::None, _) => Ok(None),
            (Kind::Str(indent), _) => Ok(Some(indent.clone())),
            (_, Some(width)) if width <= WIDEST => {
                Ok(Some(" ".repeat(usize::try_from(width).unwrap_or(0))))
            }
            (_, Some(_)) => {
                let what = "`json_indent` is more than 100 spaces".to_owned();
                Err(self.bad(given, what, "write 2 or 4"))
            }
            _ => {
                let what =
                    format!("`json_indent` must be an int or a str, not {}", given.value.a_type());
                Err(self.bad(given, what, "write 2 or 4"))
            }
        }
    }

    /// `json_default`, `json_encoder` and `json_serializer`: those whose code is known.
    fn json_default(&mut self, class: JsonClass, bound: &Bound) -> Result<JsonDefault, Reported> {
        let name = |parameter: &str| {
            let given = bound.get(parameter)?;
            Some((given, code_name(class, &given.value)))
        };
        if let Some((given, serializer)) = name("json_serializer")
            && serializer != Some("json.dumps")
        {
            return Err(self.unknown_code(given, "json_serializer", "ext://json.dumps"));
        }
        let is_json = matches!(class, JsonClass::Json | JsonClass::Json2);
        match name("json_default") {
            None => {}
            Some((_, Some("str"))) => return Ok(JsonDefault::Str),
            Some((_, Some("None"))) if is_json => {}
            Some((_, Some("None"))) => return Ok(JsonDefault::None),
            Some((_, Some("orjson_default"))) if class == JsonClass::Orjson => {}
            Some((_, Some("msgspec_default"))) if class == JsonClass::Msgspec => {}
            Some((given, _)) => {
                return Err(self.unknown_code(given, "json_default", "ext://builtins.str"));
            }
        }
        match name("json_encoder") {
            None | Some((_, Some("None" | "JsonEncoder"))) => Ok(JsonDefault::Package),
            Some((_, Some("json.JSONEncoder"))) => Ok(JsonDefault::None),
            Some((given, _)) => Err(self.unknown_code(
                given,
                "json_encoder",
                "ext://pythonjsonlogger.json.JsonEncoder",
            )),
        }
    }

    fn unknown_code(&mut self, given: &Given, parameter: &str, known: &str) -> Reported {
        let what = format!("the server can't run this `{parameter}`: it is Python code");
        self.report(
            Diagnostic::error("needs-python", what)
                .at(given.at.clone(), given.label.clone())
                .help("take it out: times, exceptions, Enums, bytes and the like are written as JSON without it")
                .help(format!("or write {known}, which the server has")),
        );
        Reported
    }

    fn bad_part(&mut self, value: &Value, what: String, help: &str, written: &Written) -> Reported {
        let (at, label) = (written.value)(&value.at);
        self.report(Diagnostic::error("bad-argument", what).at(at, label).help(help));
        Reported
    }
}

/// The functions and classes that are known by name. python-json-logger 2 takes names in texts, too.
fn code_name(class: JsonClass, value: &Value) -> Option<&'static str> {
    let name = match &value.kind {
        Kind::None => return Some("None"),
        Kind::Object(Object::Function(name) | Object::Class(name)) => name,
        Kind::Str(name) if class == JsonClass::Json2 => name.as_str(),
        _ if !value.truth() => return Some("None"),
        _ => return None,
    };
    Some(match name {
        "str" | "builtins.str" => "str",
        "json.dumps" => "json.dumps",
        "json.JSONEncoder" | "json.encoder.JSONEncoder" => "json.JSONEncoder",
        "pythonjsonlogger.json.JsonEncoder" | "pythonjsonlogger.jsonlogger.JsonEncoder" => {
            "JsonEncoder"
        }
        "pythonjsonlogger.orjson.orjson_default" => "orjson_default",
        "pythonjsonlogger.msgspec.msgspec_default" => "msgspec_default",
        _ => return None,
    })
}
