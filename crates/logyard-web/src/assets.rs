//! The page, as it lies in `web/`.

/// A file of the page.
pub(crate) struct Asset {
    pub(crate) path: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) text: &'static str,
}

macro_rules! asset {
    ($path:literal, $kind:literal, $file:literal) => {
        Asset { path: $path, kind: $kind, text: include_str!(concat!("../../../web/", $file)) }
    };
}

pub(crate) const ASSETS: [Asset; 1] = [asset!("/", "text/html; charset=utf-8", "index.html")];
