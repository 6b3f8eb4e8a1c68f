//! The same input through CPython and through this crate: INI, JSON and YAML documents, expressions, whole
//! configurations.
//!
//! `LOGYARD_PYTHON` names the interpreter; else the newest of `~/.pyenv/versions` or `python3` is taken.
//! Without one of 3.12 or newer the tests say `skipped` and pass. `LOGYARD_YAML_PYTHON` names one that has
//! PyYAML, if that one has it not; without it the tests of YAML are skipped.

mod dict_config;
mod documents;
mod expressions;
mod files;
mod ini;
mod plan;
mod python;
