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

/// What to say about a formatter class that the server doesn't have: what it is, and what to do.
pub(crate) fn formatter(class: &str) -> Vec<String> {
    let package = class.split('.').next().unwrap_or_default();
    let last = class.rsplit('.').next().unwrap_or_default();
    let advice = |what: &str, instead: &str| vec![what.to_owned(), instead.to_owned()];
    match (package, last) {
        ("structlog", _) => advice(
            "it runs the processors of the worker's program",
            "have structlog render the event in the worker, and write logging.Formatter with \
             %(message)s here",
        ),
        ("celery", "TaskFormatter") => advice(
            "it asks the worker which task is running",
            "have a filter in the worker put task_id and task_name into the record; \
             logging.Formatter writes them by %(task_id)s",
        ),
        ("celery" | "coloredlogs" | "rich", _) => advice(
            "it colours the lines of the worker's terminal",
            "write logging.Formatter, or colorlog.ColoredFormatter for colours in the file",
        ),
        ("json_logging", _) => advice(
            "it describes the request that the worker is handling",
            "have a filter in the worker put what you need into the record, and write \
             pythonjsonlogger.json.JsonFormatter here",
        ),
        ("jsonformatter", _) => advice(
            "its format can call functions of the worker's program",
            "write pythonjsonlogger.json.JsonFormatter, whose fields are those of the record",
        ),
        ("logstash_async", name) if name.starts_with("Django") || name.starts_with("Flask") => {
            advice(
                "it describes the live request, which the worker has",
                if name.contains("Ecs") {
                    "have a filter in the worker put what you need into the record, and write \
                     logstash_async.formatter.LogstashEcsFormatter here"
                } else {
                    "have a filter in the worker put what you need into the record, and write \
                     logstash_async.formatter.LogstashFormatter here"
                },
            )
        }
        ("logstash_async" | "logstash" | "logstash_formatter" | "cmreslogging", _) => advice(
            "the server does not have it",
            "write logstash_async.formatter.LogstashFormatter or LogstashEcsFormatter, or \
             ecs_logging.StdlibFormatter",
        ),
        (
            "google"
            | "opentelemetry"
            | "ddtrace"
            | "newrelic"
            | "elasticapm"
            | "azure"
            | "aws_lambda_powertools"
            | "sentry_sdk",
            _,
        ) => advice(
            "it adds the trace that the worker is in",
            "have a filter in the worker put the ids into the record, and write \
             pythonjsonlogger.json.JsonFormatter here",
        ),
        ("uvicorn", _) => advice(
            "uvicorn has no formatter of this name",
            "write uvicorn.logging.DefaultFormatter or uvicorn.logging.AccessFormatter",
        ),
        ("colorlog", _) => advice(
            "colorlog has no formatter of this name",
            "write colorlog.ColoredFormatter or colorlog.LevelFormatter",
        ),
        ("django", _) => advice(
            "Django has no formatter of this name",
            "write django.utils.log.ServerFormatter or logging.Formatter",
        ),
        ("ecs_logging", _) => {
            vec!["write ecs_logging.StdlibFormatter; structlog's runs in the worker".to_owned()]
        }
        ("json_log_formatter", _) => vec![
            "write json_log_formatter.JSONFormatter, VerboseJSONFormatter or FlatJSONFormatter"
                .to_owned(),
        ],
        ("pythonjsonlogger", _) => {
            vec!["write pythonjsonlogger.json.JsonFormatter".to_owned()]
        }
        _ => vec![format!(
            "a class of your own can't run in the server: leave it out, {}",
            lines_to_add(Kind::Formatter, class)
        )],
    }
}

/// What to say about a filter class that the server doesn't have.
pub(crate) fn filter(class: &str) -> Vec<String> {
    let package = class.split('.').next().unwrap_or_default();
    let last = class.rsplit('.').next().unwrap_or_default();
    let keep = "keep it in the workers' configuration, on their SocketHandler or loggers, and take \
                it out here";
    let worker = || format!("a filter is code: {keep}");
    // what puts something of the running request or task into each record
    let adds = match (package, last) {
        ("asgi_correlation_id", "CeleryTracingIdsFilter") => {
            Some("%(celery_current_id)s and %(celery_parent_id)s")
        }
        ("asgi_correlation_id" | "django_guid", _) => Some("%(correlation_id)s"),
        ("log_request_id" | "request_id" | "flask_log_request_id", _) => Some("%(request_id)s"),
        ("opentelemetry" | "ddtrace" | "elasticapm" | "celery" | "google" | "sentry_sdk", _) => {
            Some("the fields that it sets")
        }
        _ => None,
    };
    match (adds, package) {
        (Some(fields), _) => vec![
            format!("it asks the worker for the running request or task: {keep}"),
            format!("what it sets comes with the record: formats can use {fields}"),
        ],
        (None, "django") => vec![worker()],
        (None, _) => vec![worker(), lines_to_add(Kind::Filter, class)],
    }
}

/// What to say about an `ext://` that only Python can follow.
pub(crate) fn import(path: &str) -> Vec<String> {
    let help = match path.split('.').any(|part| part == "stdin") {
        true => "write ext://sys.stdout or ext://sys.stderr",
        false => "write the value itself: the server can't import your code",
    };
    vec![help.to_owned()]
}
