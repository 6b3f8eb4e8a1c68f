//! Classes that Python can load and the server cannot run: what to do instead.

use crate::class_map::{Kind, lines_to_add};

/// What to say about a handler class that is not built in, by its full name.
pub(crate) fn handler(class: &str) -> Vec<String> {
    let stays = |what: &str| {
        vec![format!(
            "{what}: keep this handler in the workers' configuration, beside their SocketHandler"
        )]
    };
    let last = class.rsplit('.').next().unwrap_or_default();
    let package = class.split('.').next().unwrap_or_default();
    match (package, last) {
        ("logging", "SocketHandler" | "DatagramHandler") => vec![
            "a SocketHandler belongs in the workers' configuration: it sends records to this server"
                .to_owned(),
            "the server's configuration says where the records end up, such as a \
             handlers.TimedRotatingFileHandler"
                .to_owned(),
        ],
        ("logging", "QueueHandler") => {
            vec!["the server has its own queue: name the handler behind the queue here".to_owned()]
        }
        ("logging", "SysLogHandler") => stays("syslog is not supported yet"),
        ("logging", "SMTPHandler") => stays("mail is not supported yet"),
        ("logging", "HTTPHandler") => stays("HTTP is not supported yet"),
        ("logging", "NTEventLogHandler") => stays("it needs Windows"),
        (
            "logging",
            "Formatter" | "BufferingFormatter" | "Filter" | "LogRecord" | "LoggerAdapter"
            | "QueueListener",
        ) => vec!["it is no handler: write logging.StreamHandler or another one".to_owned()],
        ("logging", "Handler" | "BufferingHandler" | "BaseRotatingHandler") => {
            vec![format!("{last} is a base class that writes nothing by itself")]
        }
        ("concurrent_log_handler" | "cloghandler", name)
        | (_, name @ ("ConcurrentRotatingFileHandler" | "ConcurrentTimedRotatingFileHandler")) => {
            vec![format!(
                "only the server writes the file, so no lock is needed: write handlers.{}",
                if name.contains("Timed") {
                    "TimedRotatingFileHandler"
                } else {
                    "RotatingFileHandler"
                }
            )]
        }
        ("rich" | "coloredlogs", _) => stays("it draws on the worker's terminal"),
        ("sentry_sdk" | "raven", _) => stays("it needs the live exception"),
        (
            "watchtower"
            | "google"
            | "opentelemetry"
            | "azure"
            | "ddtrace"
            | "newrelic"
            | "graypy"
            | "pygelf"
            | "fluent"
            | "splunk_handler"
            | "logging_loki"
            | "loki_logger_handler"
            | "logstash"
            | "logstash_async"
            | "systemd"
            | "cysystemd",
            _,
        ) => stays("it sends records to another service"),
        _ => vec![
            "a class of your own runs in the workers: keep it in their configuration".to_owned(),
            lines_to_add(Kind::Handler, class),
        ],
    }
}

/// What to say about a formatter class that is not `logging.Formatter`.
pub(crate) fn formatter(class: &str) -> String {
    let package = class.split('.').next().unwrap_or_default();
    match package {
        "json_log_formatter" | "jsonformatter" | "ecs_logging" | "logstash_async" | "colorlog"
        | "uvicorn" | "django" | "coloredlogs" => format!(
            "{package}'s formatters are not supported yet: leave `class` out, or write logging.Formatter"
        ),
        "celery" | "structlog" | "json_logging" => format!(
            "{package}'s formatters need the worker's own state: leave `class` out, and put what they \
             add into the message"
        ),
        _ => format!(
            "a class of your own can't run in the server: leave it out, {}",
            lines_to_add(Kind::Formatter, class)
        ),
    }
}

/// What to say about a filter class that is not `logging.Filter`.
pub(crate) fn filter(class: &str) -> Vec<String> {
    let package = class.split('.').next().unwrap_or_default();
    let worker =
        "a filter is code: keep it in the workers' configuration, on their SocketHandler or \
                  loggers, and take it out here"
            .to_owned();
    match (package, class.rsplit('.').next().unwrap_or_default()) {
        ("django", _) => vec![worker],
        ("asgi_correlation_id" | "django_guid" | "celery" | "opentelemetry" | "ddtrace", _) => {
            vec![
                worker,
                "what it adds to the record arrives with the record, and formats can use it"
                    .to_owned(),
            ]
        }
        _ => vec![worker, lines_to_add(Kind::Filter, class)],
    }
}

/// What to say about an `ext://` that only Python can follow.
pub(crate) fn import(path: &str) -> Vec<String> {
    vec![match path {
        "flask.logging.wsgi_errors_stream" => {
            "it stands for the web server's error stream: write ext://sys.stderr".to_owned()
        }
        _ if path.split('.').any(|part| part == "stdin") => {
            "write ext://sys.stdout or ext://sys.stderr".to_owned()
        }
        _ => "write the value itself: the server can't import your code".to_owned(),
    }]
}
