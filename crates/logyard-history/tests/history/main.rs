//! Searches and counts, against a naive look at every record.

mod made;
mod search;
mod summary;
