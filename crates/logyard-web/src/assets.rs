//! The page, as it lies in `web/`.

/// A file of the page.
pub(crate) struct Asset {
    pub(crate) path: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const YAML: &str = "application/yaml";

const fn asset(path: &'static str, kind: &'static str, text: &'static str) -> Asset {
    Asset { path, kind, text }
}

/// What tells nothing of the logs: everyone may have it.
pub(crate) const ASSETS: [Asset; 18] = [
    asset("/", HTML, include_str!("../../../web/index.html")),
    asset("/icon.svg", SVG, include_str!("../../../web/icon.svg")),
    asset("/style.css", CSS, include_str!("../../../web/style.css")),
    asset("/app.js", SCRIPT, include_str!("../../../web/app.js")),
    asset("/detail.js", SCRIPT, include_str!("../../../web/detail.js")),
    asset("/download.js", SCRIPT, include_str!("../../../web/download.js")),
    asset("/groups.js", SCRIPT, include_str!("../../../web/groups.js")),
    asset("/history.js", SCRIPT, include_str!("../../../web/history.js")),
    asset("/histogram.js", SCRIPT, include_str!("../../../web/histogram.js")),
    asset("/keys.js", SCRIPT, include_str!("../../../web/keys.js")),
    asset("/list.js", SCRIPT, include_str!("../../../web/list.js")),
    asset("/state.js", SCRIPT, include_str!("../../../web/state.js")),
    asset("/stream.js", SCRIPT, include_str!("../../../web/stream.js")),
    asset("/text.js", SCRIPT, include_str!("../../../web/text.js")),
    asset("/traceback.js", SCRIPT, include_str!("../../../web/traceback.js")),
    asset("/tree.js", SCRIPT, include_str!("../../../web/tree.js")),
    asset("/api/v1/openapi.yaml", YAML, include_str!("../../../docs/reference/openapi.yaml")),
    asset("/robots.txt", "text/plain", "User-agent: *\nDisallow: /\n"),
];
