//! Names that are no extras, and names that are others in ECS.

use logyard_record::Attr;

/// Extras of Elastic APM, and what they are in ECS.
pub(super) const ELASTIC_APM: [(&[u8], &[u8]); 5] = [
    (b"elasticapm_span_id", b"span.id"),
    (b"elasticapm_transaction_id", b"transaction.id"),
    (b"elasticapm_trace_id", b"trace.id"),
    (b"elasticapm_service_name", b"service.name"),
    (b"elasticapm_service_environment", b"service.environment"),
];

/// `StdlibFormatter._LOGRECORD_DICT`: the attributes of a record, and all that `dir()` of one has.
pub(super) fn is_of_record(name: &[u8]) -> bool {
    Attr::from_key(name).is_some()
        || matches!(name, b"message" | b"asctime" | b"getMessage")
        || (name.starts_with(b"__") && is_of_object(name))
}

fn is_of_object(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"__").and_then(|name| name.strip_suffix(b"__"));
    matches!(
        name.unwrap_or_default(),
        b"class"
            | b"delattr"
            | b"dict"
            | b"dir"
            | b"doc"
            | b"eq"
            | b"firstlineno"
            | b"format"
            | b"ge"
            | b"getattribute"
            | b"getstate"
            | b"gt"
            | b"hash"
            | b"init"
            | b"init_subclass"
            | b"le"
            | b"lt"
            | b"module"
            | b"ne"
            | b"new"
            | b"reduce"
            | b"reduce_ex"
            | b"repr"
            | b"setattr"
            | b"sizeof"
            | b"static_attributes"
            | b"str"
            | b"subclasshook"
            | b"weakref"
    )
}
