//! The same input through CPython and through this crate: INI, JSON, YAML and TOML documents, expressions, whole
//! configurations.
//!
//! With no CPython of 3.12 or newer the tests say that they are skipped; those of YAML also without PyYAML.

mod compat;
mod dict_config;
mod documents;
mod expressions;
mod files;
mod gunicorn;
mod ini;
mod plan;
mod python;
mod toml;
