//! `MessageSchema`: what the fields are called.

/// The names that the two classes have of their own.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) host: &'static str,
    pub(super) log_level: &'static str,
    pub(super) log_source: &'static str,
    pub(super) logger_name: &'static str,
    pub(super) line: &'static str,
    pub(super) message_type: &'static str,
    pub(super) func_name: &'static str,
    pub(super) thread_name: &'static str,
    pub(super) process_name: &'static str,
    pub(super) path: &'static str,
    pub(super) pid: &'static str,
    pub(super) program: &'static str,
    pub(super) stack_trace: &'static str,
    pub(super) error_type: &'static str,
    /// `top_level_field_set`: those that are not moved below the prefix.
    top: &'static [&'static str],
}

impl Schema {
    pub(super) fn is_top(&self, name: &[u8]) -> bool {
        self.top.iter().any(|top| top.as_bytes() == name)
    }
}

/// `LogstashFormatter`'s
pub(super) const LOGSTASH: Schema = Schema {
    host: "host",
    log_level: "level",
    log_source: "logsource",
    logger_name: "logger_name",
    line: "line",
    message_type: "type",
    func_name: "func_name",
    thread_name: "thread_name",
    process_name: "process_name",
    path: "path",
    pid: "pid",
    program: "program",
    stack_trace: "stack_trace",
    error_type: "error_type",
    top: &[
        "@timestamp",
        "@version",
        "host",
        "level",
        "logsource",
        "message",
        "pid",
        "program",
        "type",
        "tags",
        "@metadata",
    ],
};

/// `LogstashEcsFormatter`'s
pub(super) const ECS: Schema = Schema {
    host: "host.hostname",
    log_level: "log.level",
    log_source: "log.syslog.hostname",
    logger_name: "log.logger",
    line: "log.origin.file.line",
    message_type: "event.module",
    func_name: "log.origin.function",
    thread_name: "process.thread.name",
    process_name: "process.name",
    path: "log.origin.file.name",
    pid: "process.pid",
    program: "process.executable",
    stack_trace: "error.stack_trace",
    error_type: "error.type",
    top: &[
        "@timestamp",
        "@version",
        "@metadata",
        "message",
        "labels",
        "tags",
        "ecs.version",
        "event.module",
        "host.hostname",
        "log.level",
        "log.logger",
        "log.syslog.hostname",
        "log.origin.file.line",
        "log.origin.file.name",
        "log.origin.function",
        "error.stack_trace",
        "error.type",
        "process.executable",
        "process.name",
        "process.pid",
        "process.thread.name",
    ],
};
